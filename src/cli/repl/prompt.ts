// The prompt of `chrondb query`: reads lines, runs each statement once its semicolon is typed, keeps a transaction open from one to
// the next, and stops a running one at Ctrl-C.
import { readFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { systemClock } from "../../base/clock.ts";
import { grammarReady } from "../../sql/parse/parser.ts";
import type { CliContext } from "../contract.ts";
import { CliError, EXIT, messageOf } from "../exit.ts";
import { type RowFormat, rowPrinter } from "../rows.ts";
import type { ResultHandler, SqlClient } from "../sql-client.ts";
import { complete, type Names } from "./completion.ts";
import { History } from "./history.ts";
import { META, type Prompt, runMeta } from "./meta.ts";
import { cutStatements } from "./statement.ts";

export interface PromptParts {
  connect(tenant: string): SqlClient;
  readonly tenant: string;
  readonly format: RowFormat;
  readonly context: CliContext;
}

/** Columns that completion knows of. */
const NAMES = `SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, ordinal_position LIMIT 10000`;
/** Statements after which there may be other names. */
const MAKES_NAMES = /^(CREATE|DROP|ALTER|INSERT)/;

export async function startPrompt(parts: PromptParts): Promise<void> {
  await grammarReady;
  const session = new PromptSession(parts);
  await session.run();
}

class PromptSession implements Prompt {
  readonly #parts: PromptParts;
  readonly #out: Writable;
  readonly #history = new History();
  readonly #lines: Interface;
  #client: SqlClient;
  #tenant: string;
  #names: Names = new Map();
  #areNamesStale = true;
  #running: AbortController | null = null;
  #waiting: Promise<void> = Promise.resolve();
  #isOver = false;
  /** The input has ended, though lines of it may still wait. */
  #isClosed = false;
  buffer = "";
  isTiming = false;
  format: RowFormat;

  constructor(parts: PromptParts) {
    this.#parts = parts;
    this.#out = parts.context.stdout;
    this.#tenant = parts.tenant;
    this.#client = parts.connect(parts.tenant);
    this.format = parts.format;
    const { stdin, stdout } = parts.context;
    const isTerminal = (stream: (Readable | Writable) & { readonly isTTY?: boolean }): boolean => stream.isTTY === true;
    this.#lines = createInterface({
      input: stdin,
      output: stdout,
      terminal: isTerminal(stdin) && isTerminal(stdout),
      historySize: 1000,
      history: this.#history.load(),
      removeHistoryDuplicates: true,
      completer: (line: string, answer: (problem: Error | null, found: [string[], string]) => void) => {
        this.#readNames()
          .then(() => answer(null, this.#complete(line)))
          .catch(() => answer(null, [[], line]));
      },
    });
  }

  /** Ends when the user leaves or the input does. */
  async run(): Promise<void> {
    const lines = this.#lines;
    const ended = new Promise<void>((resolve) => {
      lines.once("close", () => {
        this.#isClosed = true;
        resolve();
      });
    });
    lines.on("line", (line) => {
      this.#waiting = this.#waiting.then(() => this.#take(line));
    });
    lines.on("SIGINT", () => this.#interrupt());
    this.say(`${this.describeConnection()} \\? explains the commands, \\q ends.`);
    this.#prompt();
    await ended;
    await this.#waiting;
    if (this.#client.status !== "idle") this.say("The open transaction is rolled back.");
    await this.#client.end();
  }

  async #take(line: string): Promise<void> {
    if (this.#isOver) return;
    this.#history.add(line);
    if (line.startsWith("\\") || (this.buffer === "" && line.trimStart().startsWith("\\"))) {
      await this.#told(() => runMeta(this, line));
    } else {
      await this.type(line);
    }
    this.#prompt();
  }

  async type(text: string): Promise<void> {
    const { statements, rest } = cutStatements(this.buffer === "" ? text : `${this.buffer}\n${text}`);
    this.buffer = rest;
    for (const statement of statements) {
      if (!(await this.#told(() => this.#statement(statement, this.format)))) break;
    }
  }

  async runBuffer(): Promise<void> {
    const text = this.buffer;
    this.buffer = "";
    if (text !== "") await this.#statement(text, this.format);
  }

  async show(sql: string, params: readonly string[], title?: string): Promise<number> {
    let count = 0;
    const printer = rowPrinter(this.format, this.#out, this.#parts.context.stderr);
    const counting: ResultHandler = {
      ...printer,
      columns: (columns) => {
        if (title !== undefined && this.format === "table") this.say(title);
        printer.columns(columns);
      },
      row: (text) => {
        count++;
        return printer.row(text);
      },
    };
    await this.#client.run(sql, counting, { keep: true, params, signal: this.#begin() });
    this.#running = null;
    return count;
  }

  async #statement(sql: string, format: RowFormat): Promise<void> {
    const printer = rowPrinter(format, this.#out, this.#parts.context.stderr);
    const began = systemClock.elapsed();
    const handler: ResultHandler = {
      ...printer,
      complete: (tag) => {
        if (MAKES_NAMES.test(tag)) this.#areNamesStale = true;
        printer.complete(tag);
      },
    };
    try {
      await this.#client.run(sql, handler, { keep: true, signal: this.#begin() });
    } finally {
      this.#running = null;
      if (this.isTiming) this.say(`Time: ${(systemClock.elapsed() - began).toFixed(3)} ms`);
    }
  }

  #begin(): AbortSignal {
    this.#running = new AbortController();
    return this.#running.signal;
  }

  /** Runs something; an error is told and the prompt goes on. Answers whether there was none. */
  async #told(work: () => Promise<void>): Promise<boolean> {
    const wasKept = this.#client.isKept;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.#running = null;
      this.#parts.context.stderr.write(`ERROR:  ${messageOf(thrown)}\n`);
      if (wasKept && !this.#client.isKept) {
        this.#parts.context.stderr.write("The server's session has ended; what it had set or begun is gone.\n");
      }
      return false;
    }
  }

  #interrupt(): void {
    if (this.#running !== null) {
      this.#running.abort();
      return;
    }
    this.clearBuffer();
    this.#out.write("^C\n");
    this.#prompt();
  }

  #prompt(): void {
    if (this.#isOver) return;
    const mark = { idle: "", open: "*", failed: "!" }[this.#client.status];
    const text = `${this.#tenant}${this.buffer === "" ? "=" : "-"}${mark}> `;
    if (this.#isClosed) {
      this.#out.write(text);
      return;
    }
    this.#lines.setPrompt(text);
    this.#lines.prompt();
  }

  clearBuffer(): void {
    this.buffer = "";
  }

  say(text: string): void {
    this.#out.write(`${text}\n`);
  }

  readFile(path: string): string {
    try {
      return readFileSync(path, "utf8");
    } catch (thrown) {
      throw new CliError(EXIT.failed, `The file ${path} cannot be read: ${messageOf(thrown)}.`);
    }
  }

  async connect(tenant: string): Promise<void> {
    const other = this.#parts.connect(tenant);
    const quiet: ResultHandler = {
      form: "text",
      columns: () => undefined,
      row: () => undefined,
      complete: () => undefined,
      notice: () => undefined,
    };
    // Only a tenant that answers is gone over to.
    await other.run("SELECT 1", quiet);
    await this.#client.end();
    this.#client = other;
    this.#tenant = tenant;
    this.#areNamesStale = true;
    this.say(this.describeConnection());
  }

  describeConnection(): string {
    return `ChronDB ${this.#parts.context.version}, tenant "${this.#tenant}" at ${this.#client.base}.`;
  }

  quit(): void {
    this.#isOver = true;
    this.#lines.close();
  }

  #complete(line: string): [string[], string] {
    return complete(
      line,
      this.#names,
      META.map(({ name }) => name),
    );
  }

  /** Asks the server for tables and columns, in a session of its own, when they may have changed. */
  async #readNames(): Promise<void> {
    if (!this.#areNamesStale) return;
    this.#areNamesStale = false;
    const names = new Map<string, string[]>();
    await this.#parts.connect(this.#tenant).run(NAMES, {
      form: "text",
      columns: () => undefined,
      row: (text) => {
        const [table = "", column = ""] = JSON.parse(text) as string[];
        names.set(table, [...(names.get(table) ?? []), column]);
        return undefined;
      },
      complete: () => undefined,
      notice: () => undefined,
    });
    this.#names = names;
  }
}
