// The client of the REST door that most verbs use. Answers are text, so that numbers stay as they were written.
import type { Command } from "commander";
import type { ClientEnvironment } from "../config/client.ts";
import { CliError, EXIT, type ExitCode, messageOf } from "./exit.ts";

export const DEFAULT_TENANT = "chrondb";

/** Options of every verb that talks to a server. */
export interface ConnectionOptions {
  readonly host: string;
  readonly port: string;
  readonly scheme: string;
  readonly baseUrl?: string;
  readonly timeout: string;
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
  readonly tenant: string;
}

export function withConnection(command: Command, env: ClientEnvironment): Command {
  return command
    .option("--host <host>", "server's host (CHRONDB_HOST)", env.host)
    .option("--port <port>", "server's REST port (CHRONDB_REST_PORT)", env.restPort)
    .option("--scheme <scheme>", "http or https", "http")
    .option("--base-url <url>", "instead of scheme, host and port")
    .option("--timeout <ms>", "milliseconds to wait for an answer", "5000")
    .option("--tenant <name>", "tenant to work on", DEFAULT_TENANT)
    .option("--token <token>", "bearer token (CHRONDB_TOKEN)")
    .option("--user <name>", "user name (CHRONDB_USERNAME)")
    .option("--password <password>", "password; CHRONDB_PASSWORD or CHRONDB_PASSWORD_FILE keep it out of the process list");
}

export interface RestRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** Absent and empty values are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Buffer;
  readonly contentType?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds; replaces --timeout for work that takes longer. */
  readonly timeoutMs?: number;
}

export class RestClient {
  readonly #base: string;
  readonly #timeoutMs: number;
  readonly #authorization: string | null;
  readonly #tenant: string;

  constructor(options: ConnectionOptions, env: ClientEnvironment) {
    this.#base = baseUrl(options);
    this.#timeoutMs = positive(options.timeout, "--timeout");
    this.#authorization = authorization(options, env);
    this.#tenant = options.tenant;
  }

  /** The body of a successful answer. Throws CliError with the exit code that fits. */
  async text(request: RestRequest): Promise<string> {
    const response = await this.send(request);
    return this.#reading(async () => response.text());
  }

  async json(request: RestRequest): Promise<unknown> {
    const text = await this.text(request);
    try {
      return JSON.parse(text) as unknown;
    } catch (thrown) {
      throw new CliError(EXIT.failed, `${this.#base} does not answer as ChronDB does: ${messageOf(thrown)}.`);
    }
  }

  /** Any answer, with what it would be as an error. */
  async answer(request: RestRequest): Promise<{ ok: boolean; body: string; failure: () => CliError }> {
    const response = await this.#fetch(request);
    const body = await this.#reading(async () => response.text());
    return { ok: response.ok, body, failure: () => refusal(response.status, body) };
  }

  /** A successful answer whose body is still to be read. */
  async send(request: RestRequest): Promise<Response> {
    const response = await this.#fetch(request);
    if (response.ok) return response;
    throw refusal(response.status, await response.text());
  }

  async #fetch(request: RestRequest): Promise<Response> {
    const url = new URL(this.#base + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined && value !== "") url.searchParams.set(name, value);
    }
    const headers = new Headers({ "X-ChronDB-Origin": "cli", Accept: request.accept ?? "application/json", ...request.headers });
    if (this.#tenant !== DEFAULT_TENANT) headers.set("X-ChronDB-Tenant", this.#tenant);
    if (this.#authorization !== null) headers.set("Authorization", this.#authorization);
    if (request.body !== undefined) headers.set("Content-Type", request.contentType ?? "application/json");
    return this.#reading(() =>
      fetch(url, {
        method: request.method,
        headers,
        signal: AbortSignal.timeout(request.timeoutMs ?? this.#timeoutMs),
        ...(request.body === undefined ? {} : { body: request.body }),
      }),
    );
  }

  async #reading<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (thrown instanceof CliError) throw thrown;
      if (thrown instanceof DOMException && thrown.name === "TimeoutError") {
        throw new CliError(EXIT.unreachable, `${this.#base} did not answer in time; a larger --timeout waits longer.`);
      }
      const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
      throw new CliError(
        EXIT.unreachable,
        `Cannot reach a ChronDB server at ${this.#base}: ${messageOf(cause)}. Start one with: chrondb server`,
      );
    }
  }
}

/** Throws CliError unless the options make an http or https address. */
export function baseUrl(options: ConnectionOptions): string {
  const host = options.host.includes(":") && !options.host.startsWith("[") ? `[${options.host}]` : options.host;
  const text = options.baseUrl ?? `${options.scheme}://${host}:${options.port}`;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new CliError(
      EXIT.usage,
      `${JSON.stringify(text)} is not an http or https address; check --base-url, --scheme, --host and --port.`,
    );
  }
  return text.replace(/\/+$/, "");
}

/** The Authorization header; null: none. */
export function authorization(options: ConnectionOptions, env: ClientEnvironment): string | null {
  const token = options.token ?? env.token;
  if (token !== null) return `Bearer ${token}`;
  const password = options.password ?? env.password;
  if (password === null) return null;
  const user = options.user ?? env.username ?? "chrondb";
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

export function positive(text: string, name: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new CliError(EXIT.usage, `${name} is ${JSON.stringify(text)}; it must be a whole number above zero.`);
}

function refusal(status: number, body: string): CliError {
  return new CliError(exitCodeOfStatus(status), errorSentence(status, body));
}

function exitCodeOfStatus(status: number): ExitCode {
  if (status === 404) return EXIT.notFound;
  return status === 409 || status === 412 ? EXIT.conflict : EXIT.failed;
}

function errorSentence(status: number, body: string): string {
  try {
    const parsed = JSON.parse(body) as { error?: unknown; code?: unknown };
    if (typeof parsed.error === "string")
      return typeof parsed.code === "string" ? `${parsed.error} (${parsed.code})` : parsed.error;
  } catch (thrown) {
    return `The server answered ${status} with something that is not JSON: ${messageOf(thrown)}.`;
  }
  return `The server answered ${status}.`;
}
