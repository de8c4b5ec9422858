// Streams documents to a server: NDJSON requests of a few thousand lines, one commit a document. What a request has answered
// is on disk, so an import that was cut off can go on with --skip.
import type { Readable } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import { CliError, messageOf } from "../exit.ts";
import type { RestClient } from "../rest-client.ts";
import { type ConvertOptions, convert, ElementProblem } from "./convert.ts";
import { ElementSplitter } from "./elements.ts";
import type { Progress } from "./progress.ts";

const BATCH_DOCUMENTS = 5000;
const BATCH_BYTES = 8 * 1024 * 1024;
/** A batch waits for the disk and, at the archive's limit, for git. */
const BATCH_TIMEOUT_MS = 300_000;
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** Problems named one by one; the others are counted. */
const NAMED_PROBLEMS = 20;

export interface ImportOptions extends ConvertOptions {
  readonly branch: string | undefined;
  /** Elements to pass over; they still count for --id-seq. */
  readonly skip: number;
}

export interface ImportResult {
  readonly imported: number;
  readonly failed: number;
  readonly elements: number;
  readonly seconds: number;
  /** Sequence of the last transaction; 0 when there was none. */
  readonly version: number;
  /** Sentences, the first few. */
  readonly problems: readonly string[];
}

interface Answer {
  readonly imported: number;
  readonly version: number;
  readonly failed: number;
  readonly errors: readonly { readonly line: number; readonly error: string }[];
}

export async function importDocuments(
  input: Readable,
  client: RestClient,
  options: ImportOptions,
  parts: { progress: Progress; clock: Clock },
): Promise<ImportResult> {
  const run = new ImportRun(client, options);
  const splitter = new ElementSplitter(MAX_DOCUMENT_BYTES);
  const started = parts.clock.elapsed();
  let bytes = 0;
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      for (const element of splitter.push(chunk)) {
        run.add(element);
        if (!run.isFull) continue;
        await run.send();
        parts.progress.update(run.imported, bytes);
      }
      bytes += chunk.length;
    }
    splitter.end();
    await run.send();
    parts.progress.update(run.imported, bytes);
  } catch (thrown) {
    if (!(thrown instanceof CliError)) throw thrown;
    const hint = `${run.imported} documents were imported before; --skip ${run.settled} goes on from there.`;
    throw new CliError(thrown.exitCode, `${messageOf(thrown)}\n${hint}`);
  } finally {
    parts.progress.stop();
  }
  return { ...run.totals(), seconds: (parts.clock.elapsed() - started) / 1000 };
}

class ImportRun {
  readonly #client: RestClient;
  readonly #options: ImportOptions;
  readonly #problems: string[] = [];
  /** Lines of the next request, and which element each came from. */
  #lines: string[] = [];
  #ordinals: number[] = [];
  #bytes = 0;
  #elements = 0;
  #failed = 0;
  #version = 0;
  imported = 0;
  /** Elements that need no second look: sent and answered, or refused here. */
  settled = 0;

  constructor(client: RestClient, options: ImportOptions) {
    this.#client = client;
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#lines.length >= BATCH_DOCUMENTS || this.#bytes >= BATCH_BYTES;
  }

  add(element: string): void {
    const ordinal = ++this.#elements;
    if (ordinal <= this.#options.skip) return;
    try {
      const line = convert(element, ordinal, this.#options);
      this.#lines.push(line);
      this.#ordinals.push(ordinal);
      this.#bytes += line.length;
    } catch (thrown) {
      if (!(thrown instanceof ElementProblem)) throw thrown;
      this.#refused(ordinal, thrown.message);
    }
  }

  async send(): Promise<void> {
    if (this.#lines.length > 0) {
      const answer = await this.#client.answer({
        method: "POST",
        path: "/api/v1/documents/import",
        query: { branch: this.#options.branch },
        body: Buffer.from(`${this.#lines.join("\n")}\n`),
        contentType: "application/x-ndjson",
        timeoutMs: BATCH_TIMEOUT_MS,
      });
      // A batch of which every line was refused is answered with an error, and its lines like any other.
      const counts = countsOf(answer.body);
      if (counts === null || (!answer.ok && counts.failed < this.#lines.length)) throw answer.failure();
      this.#count(counts);
    }
    this.settled = this.#elements;
    this.#lines = [];
    this.#ordinals = [];
    this.#bytes = 0;
  }

  totals(): Omit<ImportResult, "seconds"> {
    const { imported } = this;
    return { imported, failed: this.#failed, elements: this.#elements, version: this.#version, problems: this.#problems };
  }

  #count(answer: Answer): void {
    this.imported += answer.imported;
    this.#version = Math.max(this.#version, answer.version);
    const named = answer.errors.slice(0, answer.failed);
    for (const { line, error } of named) this.#refused(this.#ordinals[line - 1] ?? line, error);
    this.#failed += answer.failed - named.length;
  }

  #refused(ordinal: number, reason: string): void {
    this.#failed++;
    if (this.#problems.length < NAMED_PROBLEMS) this.#problems.push(`Document ${ordinal}: ${reason}`);
  }
}

/** Null when the answer is no report of an import. */
function countsOf(text: string): Answer | null {
  let parsed: Partial<Answer>;
  try {
    parsed = JSON.parse(text) as Partial<Answer>;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
  if (typeof parsed.imported !== "number") return null;
  const errors = Array.isArray(parsed.errors) ? parsed.errors : [];
  return { imported: parsed.imported, version: parsed.version ?? 0, failed: parsed.failed ?? errors.length, errors };
}
