// A client of the simple query protocol that keeps what a server said: columns, rows, tags, errors, COPY both ways.
import { connect, type Socket } from "node:net";
import { parse, serialize } from "pg-protocol";
import type {
  BackendMessage,
  CommandCompleteMessage,
  CopyDataMessage,
  DatabaseError,
  DataRowMessage,
  RowDescriptionMessage,
} from "pg-protocol/dist/messages.js";

export interface Column {
  readonly name: string;
  readonly type: number;
}

export interface Result {
  columns: readonly Column[] | null;
  rows: (string | null)[][];
  tag: string;
}

export interface Said {
  readonly results: Result[];
  readonly error: { readonly sqlstate: string; readonly message: string } | null;
}

/** What pg_regress sets before its scripts run. */
const STARTUP = {
  database: "postgres",
  user: "postgres",
  client_encoding: "UTF8",
  application_name: "pg_regress",
};
/** Set one by one, so that a server that lacks one is still judged on the rest. */
const SETTINGS = ["TimeZone = 'PST8PDT'", "DateStyle = 'Postgres, MDY'", "IntervalStyle = 'postgres_verbose'"];
const LATE_MS = 10_000;
/** COPY of a whole table may take longer. */
const LATE_COPY_MS = 60_000;

export class Wire {
  readonly #socket: Socket;
  #waiting: ((message: BackendMessage | Error) => void) | null = null;
  #messages: (BackendMessage | Error)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    const gone = (error: Error): void => this.#take(error);
    socket.on("error", gone);
    socket.on("close", () => gone(new Error("the server closed the connection")));
    void parse(socket, (message) => this.#take(message));
  }

  static async open(port: number, startup: Record<string, string> = {}): Promise<Wire> {
    const socket = connect(port, "127.0.0.1");
    const wire = new Wire(socket);
    socket.write(serialize.startup({ ...STARTUP, ...startup }));
    for (;;) {
      const message = await wire.#next();
      if (message.name === "error") throw new Error((message as unknown as DatabaseError).message);
      if (message.name === "readyForQuery") break;
    }
    for (const setting of SETTINGS) await wire.query(`SET ${setting}`);
    return wire;
  }

  #take(message: BackendMessage | Error): void {
    if (this.#waiting === null) this.#messages.push(message);
    else {
      const waiting = this.#waiting;
      this.#waiting = null;
      waiting(message);
    }
  }

  async #next(): Promise<BackendMessage> {
    const first = this.#messages.shift();
    const message =
      first ??
      (await new Promise<BackendMessage | Error>((resolve) => {
        this.#waiting = resolve;
      }));
    // pg-protocol's own error message is an Error too; only that one has a name of the protocol.
    if (message instanceof Error && (message as { name: string }).name !== "error") throw message;
    return message as BackendMessage;
  }

  /** Sends a text and hears the answers out; `data` is what COPY FROM STDIN is given. Throws when the connection is lost or late. */
  async query(text: string, data: string | null = null): Promise<Said> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const limit = data === null ? LATE_MS : LATE_COPY_MS;
      timer = setTimeout(() => reject(new Error(`no answer within ${limit} ms`)), limit);
    });
    try {
      return await Promise.race([this.#hear(text, data), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #hear(text: string, data: string | null): Promise<Said> {
    this.#socket.write(serialize.query(text));
    const results: Result[] = [];
    let error: Said["error"] = null;
    let now: Result = { columns: null, rows: [], tag: "" };
    for (;;) {
      const message = await this.#next();
      switch (message.name) {
        case "rowDescription":
          now.columns = (message as RowDescriptionMessage).fields.map((field) => ({ name: field.name, type: field.dataTypeID }));
          break;
        case "dataRow":
          now.rows.push((message as DataRowMessage).fields as (string | null)[]);
          break;
        case "copyData":
          now.rows.push([(message as CopyDataMessage).chunk.toString("utf8")]);
          break;
        case "copyInResponse":
          if (data !== null) this.#socket.write(serialize.copyData(Buffer.from(data, "utf8")));
          this.#socket.write(serialize.copyDone());
          break;
        case "emptyQuery":
          results.push(now);
          now = { columns: null, rows: [], tag: "" };
          break;
        case "commandComplete":
          results.push({ ...now, tag: (message as CommandCompleteMessage).text });
          now = { columns: null, rows: [], tag: "" };
          break;
        case "error": {
          const { code = "", message: said } = message as unknown as DatabaseError;
          error = { sqlstate: code, message: said };
          now = { columns: null, rows: [], tag: "" };
          break;
        }
        case "readyForQuery":
          return { results, error };
        default:
          break;
      }
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
