// Rows a scrollable cursor has gone past, readable at any place: the newest in memory up to a bound, older ones in a file that
// has no name any more.
import type { FileHandle } from "node:fs/promises";
import type { SqlText } from "../contract.ts";
import { fail } from "../errors.ts";
import { nameless, type SpoolBounds, sizeOf } from "./spool.ts";

type Rows = SqlText[][];

interface Piece {
  /** Number of its first row, from 0. */
  readonly from: number;
  readonly count: number;
  /** Null when they lie in the file. */
  rows: Rows | null;
  at: number;
  bytes: number;
}

export class RowStore {
  readonly #bounds: SpoolBounds;
  readonly #pieces: Piece[] = [];
  #count = 0;
  #inMemory = 0;
  #file: FileHandle | null = null;
  #fileEnd = 0;
  /** The piece of the file read last. */
  #read: { readonly piece: Piece; readonly rows: Rows } | null = null;
  /** The oldest piece still in memory. */
  #oldest = 0;

  constructor(bounds: SpoolBounds) {
    this.#bounds = bounds;
  }

  get count(): number {
    return this.#count;
  }

  /** Throws 53400 when there is no room for more. */
  async append(rows: Rows): Promise<void> {
    if (rows.length === 0) return;
    const bytes = sizeOf(rows);
    this.#pieces.push({ from: this.#count, count: rows.length, rows, at: 0, bytes });
    this.#count += rows.length;
    this.#inMemory += bytes;
    while (this.#inMemory > this.#bounds.memoryBytes && this.#oldest < this.#pieces.length - 1) await this.#putAway();
  }

  /** Rows `from` (counted from 0) up to but not `to`; as many as there are. */
  async slice(from: number, to: number): Promise<Rows> {
    const rows: Rows = [];
    for (let at = this.#pieceOf(from); at < this.#pieces.length; at++) {
      const piece = this.#pieces[at];
      if (piece === undefined || piece.from >= to) break;
      const held = await this.#rowsOf(piece);
      for (const row of held.slice(Math.max(0, from - piece.from), to - piece.from)) rows.push(row);
    }
    return rows;
  }

  async close(): Promise<void> {
    this.#pieces.length = 0;
    this.#read = null;
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  async #putAway(): Promise<void> {
    const piece = this.#pieces[this.#oldest];
    if (piece === undefined || piece.rows === null) return;
    const text = Buffer.from(JSON.stringify(piece.rows), "utf8");
    if (this.#fileEnd + text.length > this.#bounds.fileBytes) {
      fail("53400", `the rows of this cursor take more than ${this.#bounds.fileBytes} bytes (limit sqlSpoolBytes)`, {
        hint: "Declare it with NO SCROLL, so that rows gone past need not be kept.",
      });
    }
    this.#file ??= await nameless();
    await this.#file.write(text, 0, text.length, this.#fileEnd);
    this.#inMemory -= piece.bytes;
    piece.rows = null;
    piece.at = this.#fileEnd;
    piece.bytes = text.length;
    this.#fileEnd += text.length;
    this.#oldest++;
  }

  /** Index of the piece that holds a row. */
  #pieceOf(row: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const piece = this.#pieces[middle];
      if (piece !== undefined && piece.from + piece.count <= row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #rowsOf(piece: Piece): Promise<Rows> {
    if (piece.rows !== null) return piece.rows;
    if (this.#read?.piece === piece) return this.#read.rows;
    const bytes = Buffer.alloc(piece.bytes);
    await this.#file?.read(bytes, 0, piece.bytes, piece.at);
    const rows = JSON.parse(bytes.toString("utf8")) as Rows;
    this.#read = { piece, rows };
    return rows;
  }
}
