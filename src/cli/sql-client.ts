// Statements over the REST door, their answer read line by line as it comes: `chrondb query` and its prompt are built on it.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { ERROR_KINDS } from "../base/errors.ts";
import type { ClientEnvironment } from "../config/client.ts";
import { CliError, EXIT, messageOf } from "./exit.ts";
import { authorization, baseUrl, type ConnectionOptions, DEFAULT_TENANT, positive } from "./rest-client.ts";

export interface SqlColumn {
  readonly name: string;
  readonly type: string;
  readonly oid: number;
}

export type RowForm = "text" | "objects";

/** Called in the order things arrive. A promise answered by `row` holds the server back until it resolves. */
export interface ResultHandler {
  readonly form: RowForm;
  columns(columns: readonly SqlColumn[]): void;
  /** A row's JSON: an array of texts and nulls, or an object. */
  row(text: string): Promise<void> | undefined;
  complete(tag: string): void;
  notice(notice: { readonly severity: string; readonly message: string }): void;
}

export type Status = "idle" | "open" | "failed";

export interface RunOptions {
  /** Keep what the statements leave: an open transaction, settings. */
  readonly keep?: boolean;
  readonly params?: readonly (string | null)[];
  /** Stops the statement. */
  readonly signal?: AbortSignal;
}

/** What a line that is no row may say. */
interface Told {
  readonly columns?: readonly SqlColumn[];
  readonly command?: string;
  readonly notices?: readonly { readonly severity: string; readonly message: string }[];
  readonly transaction?: string;
  readonly status?: Status;
  readonly error?: string;
  readonly code?: string;
  readonly sqlstate?: string;
  readonly position?: number;
  readonly statement?: number;
  readonly detail?: string;
  readonly hint?: string;
}

const ROW_START = '{"row":';
/** An open keep-alive connection would hold the process. */
const HEADERS = {
  Accept: "application/x-ndjson",
  "Content-Type": "application/json",
  "X-ChronDB-Origin": "cli",
  Connection: "close",
};

/** The statement was stopped by its signal. */
export class Stopped extends CliError {
  constructor() {
    super(EXIT.failed, "The statement was cancelled.");
  }
}

export class SqlClient {
  readonly base: string;
  readonly tenant: string;
  readonly #connectMs: number;
  readonly #headers: Readonly<Record<string, string>>;
  #token: string | null = null;
  #status: Status = "idle";

  constructor(options: ConnectionOptions, env: ClientEnvironment) {
    this.base = baseUrl(options);
    this.tenant = options.tenant;
    this.#connectMs = positive(options.timeout, "--timeout");
    const authorized = authorization(options, env);
    this.#headers = {
      ...HEADERS,
      ...(authorized === null ? {} : { Authorization: authorized }),
      ...(this.tenant === DEFAULT_TENANT ? {} : { "X-ChronDB-Tenant": this.tenant }),
    };
  }

  get status(): Status {
    return this.#status;
  }

  /** Whether the server keeps a session for this client. */
  get isKept(): boolean {
    return this.#token !== null;
  }

  /** Runs statements; rejects with the first error, after what came before it was handed over. */
  async run(sql: string, handler: ResultHandler, options: RunOptions = {}): Promise<void> {
    const { keep = false, params = [], signal } = options;
    const body = {
      ...{ sql, rows: handler.form },
      ...(params.length === 0 ? {} : { params }),
      ...(keep ? { keep } : {}),
      ...(this.#token === null ? {} : { transaction: this.#token }),
    };
    const { response, asked } = await this.#post("/api/v1/sql", JSON.stringify(body), signal);
    try {
      await this.#read(response, asked, handler);
    } catch (thrown) {
      if (signal?.aborted === true) throw new Stopped();
      throw thrown;
    }
  }

  /** Rolls back what is open and lets go of the session; says nothing of a server that is gone. */
  async end(): Promise<void> {
    const token = this.#token;
    this.#token = null;
    this.#status = "idle";
    if (token === null) return;
    try {
      const { response } = await this.#post("/api/v1/sql/rollback", JSON.stringify({ transaction: token }));
      for await (const chunk of response) void chunk;
    } catch (thrown) {
      if (!(thrown instanceof CliError)) throw thrown;
    }
  }

  async #read(response: IncomingMessage, asked: ClientRequest, handler: ResultHandler): Promise<void> {
    const isLines = response.headers["content-type"]?.startsWith("application/x-ndjson") === true;
    if ((response.statusCode ?? 500) >= 400 || !isLines) return this.#refuse(response);
    // What breaks while it is read is told by the lines ending too early.
    asked.on("error", () => undefined);
    let last: Told | null = null;
    try {
      for await (const line of linesOf(response)) {
        if (line.startsWith("[") || line.startsWith(ROW_START)) {
          const written = handler.row(line.startsWith("[") ? line : line.slice(ROW_START.length, -1));
          if (written !== undefined) await written;
          last = null;
          continue;
        }
        last = JSON.parse(line) as Told;
        if (last.error !== undefined) throw this.#failure(last);
        if (last.columns !== undefined) handler.columns(last.columns);
        for (const notice of last.notices ?? []) handler.notice(notice);
        if (last.command !== undefined) handler.complete(last.command);
      }
    } finally {
      if (!response.complete) asked.destroy();
    }
    if (last?.command === undefined || !response.complete) {
      throw new CliError(EXIT.unreachable, `The answer of ${this.base} was cut off; the server's log may say why.`);
    }
    this.#token = last.transaction ?? null;
    this.#status = last.status ?? "idle";
  }

  async #refuse(response: IncomingMessage): Promise<never> {
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    let told: Told;
    try {
      told = JSON.parse(text) as Told;
    } catch (thrown) {
      throw new CliError(
        EXIT.failed,
        `The server answered ${response.statusCode} with something that is not JSON: ${messageOf(thrown)}.`,
      );
    }
    throw this.#failure(told);
  }

  #failure(told: Told): CliError {
    if (told.code === "UNKNOWN_TRANSACTION") {
      this.#token = null;
      this.#status = "idle";
    } else if (told.status !== undefined) this.#status = told.status;
    return refusal(told);
  }

  #post(path: string, body: string, signal?: AbortSignal): Promise<{ response: IncomingMessage; asked: ClientRequest }> {
    const url = new URL(this.base + path);
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const asked = send(url, { method: "POST", headers: this.#headers, ...(signal === undefined ? {} : { signal }) });
      const late = setTimeout(
        () => asked.destroy(new Error(`no connection in ${this.#connectMs} ms; a larger --timeout waits longer`)),
        this.#connectMs,
      );
      // A connection is what --timeout waits for; how long a statement takes is the user's business.
      asked.on("socket", (socket) => socket.once("connect", () => clearTimeout(late)));
      asked.once("response", (response) => resolve({ response, asked }));
      asked.once("error", (error) => {
        clearTimeout(late);
        reject(signal?.aborted === true ? new Stopped() : this.#unreachable(error));
      });
      asked.end(body);
    });
  }

  #unreachable(error: Error): CliError {
    return new CliError(
      EXIT.unreachable,
      `Cannot reach a ChronDB server at ${this.base}: ${messageOf(error)}. Start one with: chrondb server`,
    );
  }
}

/** The lines of an answer, as far as it came. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding("utf8");
  let rest = "";
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (thrown) {
    // Whoever asked sees that the answer is not complete.
    if (!(thrown instanceof Error) || !("code" in thrown)) throw thrown;
  }
}

/** The error as a person reads it, with the exit code that fits. */
function refusal(told: Told): CliError {
  const place = [
    ...(told.sqlstate === undefined ? [told.code ?? ""] : [`SQLSTATE ${told.sqlstate}`]),
    ...(told.statement === undefined ? [] : [`statement ${told.statement}`]),
    ...(told.position === undefined ? [] : [`character ${told.position}`]),
  ];
  const parts = [`${told.error ?? "The server refused the request."} (${place.join(", ")})`];
  if (told.detail !== undefined) parts.push(`Detail: ${told.detail}`);
  if (told.hint !== undefined) parts.push(`Hint: ${told.hint}`);
  return new CliError(exitCode(told), parts.join("\n"));
}

function exitCode({ code = "" }: Told): 1 | 4 | 5 {
  const status = Object.entries(ERROR_KINDS).find(([name]) => name === code)?.[1].status ?? 500;
  if (status === 404) return EXIT.notFound;
  return status === 409 || status === 412 ? EXIT.conflict : EXIT.failed;
}
