// Writes the lines of a stream, a transaction each, without waiting for one before submitting the next: the writer groups them
// into one fsync. At most limits.importWindow lines and importWindowBytes are under way, and the stream is read no faster.
import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { ChronError, type ErrorCode, limitOf } from "../../base/errors.ts";
import { joinKey } from "../../base/keys.ts";
import type { Caller, Intent, Tenant } from "../../core/contract.ts";
import { bodyText, type Incoming, readDocument } from "./body.ts";
import { callerOf, idsMetadata, intentOf } from "./caller.ts";
import type { RestContext } from "./door.ts";
import { type Refusal, refusalOf } from "./errors.ts";
import { LineSplitter } from "./lines.ts";

export interface LineError {
  readonly line: number;
  readonly error: string;
  readonly code: ErrorCode;
}

export interface ImportResult {
  readonly imported: number;
  readonly failed: number;
  /** The first refused lines, in the order of the lines. */
  readonly errors: readonly LineError[];
  /** Sequence of the last line written; 0 when none was. */
  readonly last: number;
  /** Why the import ended before the stream did; null when it did not. */
  readonly stopped: Refusal | null;
}

/** Refusals that the next line would get too. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  "STORAGE_FAILED",
  "SHUTTING_DOWN",
  "READ_ONLY",
  "DISK_FULL",
  "OVERLOADED",
  "INSUFFICIENT_PERMISSIONS",
]);

/** Bytes a line may have beside its document: the id, `_table`, spaces. */
const LINE_MARGIN = 64 * 1024;

/** Reads the stream to its end or to a refusal that every further line would get. Throws CANCELLED when the client goes away. */
export async function importLines(
  deps: RestContext,
  request: FastifyRequest,
  tenant: Tenant,
  stream: Readable,
): Promise<ImportResult> {
  const run = new ImportRun(deps, request, tenant);
  const splitter = new LineSplitter(deps.limits.documentBytes + LINE_MARGIN);
  try {
    // Leaving the loop early must not destroy the stream: the answer goes out on its socket.
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      for (const line of splitter.push(chunk)) {
        if (run.stopped !== null) break;
        run.submit(line.number, line.bytes);
        if (run.full) await run.room();
      }
      if (run.stopped !== null) break;
    }
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ECONNRESET") throw thrown;
    throw new ChronError("CANCELLED", "The client went away in the middle of an import; the lines before that are written.");
  }
  if (run.stopped === null) for (const line of splitter.end()) run.submit(line.number, line.bytes);
  return run.finish();
}

class ImportRun {
  readonly #deps: RestContext;
  readonly #tenant: Tenant;
  readonly #caller: Caller;
  readonly #intent: Intent;
  #imported = 0;
  #failed = 0;
  #errors: LineError[] = [];
  #last = 0;
  #lines = 0;
  #bytes = 0;
  #wake: (() => void) | null = null;
  stopped: Refusal | null = null;

  constructor(deps: RestContext, request: FastifyRequest, tenant: Tenant) {
    this.#deps = deps;
    this.#tenant = tenant;
    this.#caller = callerOf(request, deps);
    this.#intent = intentOf(request, deps, {
      operation: "save-document",
      message: "Save document",
      flags: ["bulk-load"],
      ids: [],
    });
  }

  /** Whether as many lines are under way as may be. */
  get full(): boolean {
    return this.#lines >= this.#deps.limits.importWindow || this.#bytes >= this.#deps.limits.importWindowBytes;
  }

  /** Resolves when half of the window is free: lines then go on in large groups. */
  room(): Promise<void> {
    return this.#until(
      () => this.#lines * 2 <= this.#deps.limits.importWindow && this.#bytes * 2 <= this.#deps.limits.importWindowBytes,
    );
  }

  submit(line: number, bytes: Buffer | null): void {
    let incoming: Incoming;
    try {
      if (bytes === null) throw tooLong(this.#deps.limits.documentBytes);
      incoming = readDocument(bodyText(bytes), this.#deps.limits);
    } catch (thrown) {
      this.#refuse(line, thrown);
      return;
    }
    const { table, id, text } = incoming;
    const intent: Intent = { ...this.#intent, metadata: { ...this.#intent.metadata, ...idsMetadata([joinKey(table, id)]) } };
    const size = text.length;
    this.#lines++;
    this.#bytes += size;
    this.#tenant
      .writeByKey(this.#caller, intent, (tx) => {
        tx.put(table, id, text);
      })
      .then(
        ({ version }) => {
          this.#imported++;
          this.#last = Math.max(this.#last, version);
        },
        (thrown: unknown) => this.#refuse(line, thrown),
      )
      .finally(() => {
        this.#lines--;
        this.#bytes -= size;
        this.#wake?.();
      });
  }

  async finish(): Promise<ImportResult> {
    await this.#until(() => this.#lines === 0);
    const errors = this.#errors.sort((a, b) => a.line - b.line).slice(0, this.#deps.limits.importErrors);
    return { imported: this.#imported, failed: this.#failed, errors, last: this.#last, stopped: this.stopped };
  }

  #refuse(line: number, thrown: unknown): void {
    this.#failed++;
    let refusal = refusalOf(thrown, this.#deps.limits);
    if (refusal === null) {
      this.#deps.events.error("a line of an import failed", thrown, { line });
      refusal = {
        status: 500,
        code: "INTERNAL",
        message: "An error inside the server stopped this line; its log has the details.",
        details: {},
      };
    }
    const limit = limitOf(refusal);
    if (limit !== null) this.#deps.events.limitReached(limit);
    if (FATAL.has(refusal.code)) this.stopped ??= refusal;
    // Refusals of the writer come later than those of parsing, so a window's worth is kept and sorted at the end.
    if (this.#errors.length < this.#deps.limits.importErrors + this.#deps.limits.importWindow) {
      this.#errors.push({ line, error: refusal.message, code: refusal.code });
    }
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = null;
  }
}

function tooLong(documentBytes: number): ChronError {
  return new ChronError("LIMIT_EXCEEDED", `The line is longer than a document of ${documentBytes} bytes (limit documentBytes).`, {
    limit: "documentBytes",
  });
}
