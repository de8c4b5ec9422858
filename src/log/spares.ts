// Files waiting to become segments. Making one writes and syncs its whole size (so that later syncs carry no metadata), which
// must not happen in the middle of a group: recycled segments serve first, and the next one is made ahead in the thread pool.
import path from "node:path";
import { present } from "../base/assert.ts";
import type { Files } from "../base/files.ts";
import { listSpares } from "./segment.ts";

/** More than this many recycled files are given back to the file system. */
const KEPT = 2;

interface Spare {
  readonly file: string;
  readonly size: number;
}

export class Spares {
  readonly #files: Files;
  readonly #directory: string;
  readonly #onProblem: (doing: string, thrown: unknown) => void;
  readonly #ready: Spare[] = [];
  #making: Promise<void> | undefined;
  #closed = false;
  #next = 0;

  /** Adopts what an earlier run left; a file of another size was not finished and goes. */
  constructor(files: Files, directory: string, size: number, onProblem: (doing: string, thrown: unknown) => void) {
    this.#files = files;
    this.#directory = directory;
    this.#onProblem = onProblem;
    for (const file of listSpares(files, directory)) {
      if (files.stat(file)?.size === size && this.#ready.length < KEPT) this.#ready.push({ file, size });
      else files.unlink(file);
      this.#next = Math.max(this.#next, Number(file.slice(file.lastIndexOf("-") + 1)) + 1);
    }
  }

  /** Makes sure that a file for each of `sizes` is there, in order. Throws what the file system throws. */
  prepare(sizes: readonly number[]): void {
    const free = [...this.#ready];
    for (const size of sizes) {
      const fit = free.findIndex((spare) => spare.size === size);
      if (fit >= 0) free.splice(fit, 1);
      else {
        const file = this.#name();
        this.#files.preallocate(file, size);
        this.#ready.push({ file, size });
      }
    }
  }

  /** A file of that size; the caller renames it away. */
  take(size: number): string {
    this.prepare([size]);
    const fit = this.#ready.findIndex((spare) => spare.size === size);
    return present(this.#ready.splice(fit, 1)[0], "a prepared spare").file;
  }

  /** Starts making one of that size unless there is one. A failure is reported; `take` tries again when it matters. */
  ahead(size: number): void {
    if (this.#making !== undefined || this.#closed || this.#ready.some((spare) => spare.size === size)) return;
    const file = this.#name();
    this.#making = this.#files
      .preallocateLater(file, size, () => this.#closed)
      .then((complete) => {
        if (complete) this.#ready.push({ file, size });
      })
      .catch((thrown: unknown) => this.#onProblem(`Preparing the log segment ${file}`, thrown))
      .finally(() => {
        this.#making = undefined;
      });
  }

  /**
   * Takes a segment nobody needs. The rename must be durable before the file is written as anything else, or a crash would
   * find a segment under its old name with a new header; so the caller syncs the directory after a round of these.
   */
  recycle(segment: string, size: number): void {
    const bytes = this.#files.stat(segment)?.size;
    if (bytes !== size || this.#ready.length >= KEPT) {
      this.#files.unlink(segment);
      return;
    }
    const file = this.#name();
    this.#files.rename(segment, file);
    this.#ready.push({ file, size });
  }

  /** What is being made is given up; `settled` resolves when it is gone. */
  close(): void {
    this.#closed = true;
  }

  async settled(): Promise<void> {
    await this.#making;
  }

  #name(): string {
    return path.join(this.#directory, `spare-${this.#next++}`);
  }
}
