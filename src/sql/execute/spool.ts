// Rows between a worker and a client who takes them at leisure: kept in memory up to a bound, then in a file that has no name any
// more. So a slow client, or a portal left suspended, does not keep the worker from others; only past the second bound it does.
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SqlText } from "../contract.ts";

type Rows = SqlText[][];

interface Piece {
  /** Rows in memory; null when they lie in the file. */
  rows: Rows | null;
  readonly at: number;
  readonly bytes: number;
}

/** Roughly what rows take in memory. */
export const sizeOf = (rows: Rows): number => {
  let bytes = 0;
  for (const row of rows) for (const value of row) bytes += 16 + (value?.length ?? 0);
  return bytes;
};

export interface SpoolBounds {
  readonly memoryBytes: number;
  readonly fileBytes: number;
}

export class Spool {
  readonly #bounds: SpoolBounds;
  readonly #pieces: Piece[] = [];
  #file: FileHandle | null = null;
  #fileEnd = 0;
  #inMemory = 0;
  #inFile = 0;

  constructor(bounds: SpoolBounds) {
    this.#bounds = bounds;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Whether more may come; when not, whoever fills it waits for a `take`. */
  get hasRoom(): boolean {
    return this.#inFile < this.#bounds.fileBytes;
  }

  async push(rows: Rows): Promise<void> {
    if (rows.length === 0) return;
    const bytes = sizeOf(rows);
    if (this.#inMemory + bytes <= this.#bounds.memoryBytes || this.isEmpty) {
      this.#inMemory += bytes;
      this.#pieces.push({ rows, at: 0, bytes });
      return;
    }
    const text = Buffer.from(JSON.stringify(rows), "utf8");
    this.#file ??= await nameless();
    const at = this.#fileEnd;
    this.#fileEnd += text.length;
    this.#inFile += text.length;
    await this.#file.write(text, 0, text.length, at);
    this.#pieces.push({ rows: null, at, bytes: text.length });
  }

  /** The oldest rows; at most `max` (0 = as they lie). */
  async take(max: number): Promise<Rows> {
    const piece = this.#pieces[0];
    if (piece === undefined) return [];
    if (piece.rows === null) {
      piece.rows = await this.#read(piece);
      this.#inFile -= piece.bytes;
      this.#inMemory += piece.bytes;
    }
    if (max === 0 || piece.rows.length <= max) {
      this.#pieces.shift();
      this.#inMemory -= piece.bytes;
      if (this.isEmpty) this.#fileEnd = 0;
      return piece.rows;
    }
    const rows = piece.rows.slice(0, max);
    piece.rows = piece.rows.slice(max);
    return rows;
  }

  async close(): Promise<void> {
    this.#pieces.length = 0;
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  async #read(piece: Piece): Promise<Rows> {
    const bytes = Buffer.alloc(piece.bytes);
    await this.#file?.read(bytes, 0, piece.bytes, piece.at);
    return JSON.parse(bytes.toString("utf8")) as Rows;
  }
}

/** A file only this process can reach, gone when it is closed. */
export async function nameless(): Promise<FileHandle> {
  const directory = await mkdtemp(join(tmpdir(), "chrondb-rows-"));
  const file = await open(join(directory, "rows"), "wx+", 0o600);
  await rm(directory, { recursive: true, force: true });
  return file;
}
