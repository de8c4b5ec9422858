// A small client of the PostgreSQL door (simple query protocol, SCRAM), enough for `chrondb query`.
import { connect, type Socket } from "node:net";
import { type DatabaseError, parse, serialize } from "pg-protocol";
import type { BackendMessage } from "pg-protocol/dist/messages.js";
import { CliError, EXIT, messageOf } from "./exit.ts";
import { MECHANISM, ScramClient } from "./scram-client.ts";

export interface PgOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | null;
  readonly database: string;
  readonly timeoutMs: number;
}

export interface PgColumn {
  readonly name: string;
  readonly typeOid: number;
}

/** Called in the order things arrive. A promise answered by `row` holds the server back until it resolves. */
export interface PgHandler {
  columns(columns: readonly PgColumn[]): void;
  row(values: readonly (string | null)[]): Promise<void> | undefined;
  complete(tag: string): void;
  notice(text: string): void;
}

const QUIET: PgHandler = {
  columns: () => undefined,
  row: () => undefined,
  complete: () => undefined,
  notice: () => undefined,
};

interface Waiter {
  resolve(): void;
  reject(error: CliError): void;
}

export class PgClient {
  readonly #socket: Socket;
  readonly #options: PgOptions;
  readonly #scram: ScramClient | null;
  #handler: PgHandler = QUIET;
  #waiter: Waiter | null = null;
  #failure: CliError | null = null;

  /** Connects and logs in. */
  static async connect(options: PgOptions): Promise<PgClient> {
    const client = new PgClient(options);
    await client.#until((socket) => {
      socket.setTimeout(options.timeoutMs, () => socket.destroy(new Error("no answer in time")));
      socket.once("connect", () => {
        socket.write(serialize.startup({ user: options.user, database: options.database, application_name: "chrondb" }));
      });
    });
    // From here on a slow statement is the user's business.
    client.#socket.setTimeout(0);
    return client;
  }

  private constructor(options: PgOptions) {
    this.#options = options;
    this.#scram = options.password === null ? null : new ScramClient(options.password);
    this.#socket = connect(options.port, options.host);
    this.#socket.setNoDelay(true);
    this.#socket.on("error", (error) => this.#end(messageOf(error)));
    this.#socket.on("close", () => this.#end("the connection was closed"));
    void parse(this.#socket, (message) => this.#receive(message));
  }

  /** Runs statements; rejects with the first error, after what came before it was handed over. */
  async query(text: string, handler: PgHandler): Promise<void> {
    this.#handler = handler;
    await this.#until((socket) => socket.write(serialize.query(text)));
  }

  close(): void {
    this.#socket.removeAllListeners("close");
    this.#socket.end(serialize.end());
  }

  #until(begin: (socket: Socket) => void): Promise<void> {
    this.#failure = null;
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      begin(this.#socket);
    });
  }

  #end(reason: string): void {
    const { host, port } = this.#options;
    const unreachable = new CliError(
      EXIT.unreachable,
      `Cannot talk to a ChronDB server's PostgreSQL door at ${host}:${port}: ${reason}. Start one with: chrondb server`,
    );
    this.#waiter?.reject(this.#failure ?? unreachable);
    this.#waiter = null;
  }

  #receive(message: BackendMessage): void {
    try {
      this.#handle(message);
    } catch (thrown) {
      this.#failure = thrown instanceof CliError ? thrown : new CliError(EXIT.failed, messageOf(thrown));
      this.#socket.destroy();
    }
  }

  #handle(message: BackendMessage): void {
    switch (message.name) {
      case "authenticationCleartextPassword":
      case "authenticationMD5Password":
        throw new CliError(EXIT.failed, "The server asks for the password in an unsafe way; ChronDB uses SCRAM-SHA-256.");
      case "authenticationSASL":
        this.#socket.write(serialize.sendSASLInitialResponseMessage(MECHANISM, this.#credentials().first()));
        return;
      case "authenticationSASLContinue":
        this.#socket.write(serialize.sendSCRAMClientFinalMessage(this.#credentials().final((message as SaslMessage).data)));
        return;
      case "authenticationSASLFinal":
        this.#credentials().verify((message as SaslMessage).data);
        return;
      case "rowDescription":
        this.#handler.columns(
          (message as RowDescription).fields.map((field) => ({ name: field.name, typeOid: field.dataTypeID })),
        );
        return;
      case "dataRow":
        this.#row((message as DataRow).fields);
        return;
      case "commandComplete":
        this.#handler.complete((message as CommandComplete).text);
        return;
      case "notice":
        this.#handler.notice((message as unknown as { message?: string }).message ?? "");
        return;
      case "error":
        this.#failure ??= refusal(message as unknown as DatabaseError);
        return;
      case "readyForQuery":
        this.#ready();
        return;
      default:
        return;
    }
  }

  #credentials(): ScramClient {
    if (this.#scram !== null) return this.#scram;
    throw new CliError(
      EXIT.failed,
      "The server wants a password; set CHRONDB_PASSWORD or CHRONDB_PASSWORD_FILE, or give --password.",
    );
  }

  #row(values: readonly (string | null)[]): void {
    const written = this.#handler.row(values);
    if (written === undefined) return;
    this.#socket.pause();
    written.then(
      () => this.#socket.resume(),
      (thrown) => this.#socket.destroy(new Error(messageOf(thrown))),
    );
  }

  #ready(): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    this.#handler = QUIET;
    if (this.#failure === null) waiter?.resolve();
    else waiter?.reject(this.#failure);
  }
}

// The parts of pg-protocol's messages that are used; its own types mark several as any.
type SaslMessage = BackendMessage & { readonly data: string };
type RowDescription = BackendMessage & { readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[] };
type DataRow = BackendMessage & { readonly fields: readonly (string | null)[] };
type CommandComplete = BackendMessage & { readonly text: string };

function refusal(error: DatabaseError): CliError {
  const parts = [
    `${error.message} (SQLSTATE ${error.code ?? "unknown"}${error.position === undefined ? "" : `, character ${error.position}`})`,
  ];
  if (error.detail !== undefined) parts.push(`Detail: ${error.detail}`);
  if (error.hint !== undefined) parts.push(`Hint: ${error.hint}`);
  const isConflict = error.code === "40001" || error.code?.startsWith("23") === true;
  const isMissing = error.code === "42P01" || error.code === "3D000";
  return new CliError(isConflict ? EXIT.conflict : isMissing ? EXIT.notFound : EXIT.failed, parts.join("\n"));
}
