// The binary format of COPY: a signature, then rows of counted fields.
import type { SqlColumn, SqlText } from "../../contract.ts";
import { fail } from "../../errors.ts";
import { toBinary } from "../../types/index.ts";

const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0", "latin1");
const HEADER_BYTES = SIGNATURE.length + 8;

export const BINARY_HEADER = Buffer.concat([SIGNATURE, Buffer.alloc(8)]);
export const BINARY_TRAILER = Buffer.from([0xff, 0xff]);

export function binaryRow(row: readonly SqlText[], columns: readonly SqlColumn[]): Buffer {
  const count = Buffer.alloc(2);
  count.writeInt16BE(row.length);
  const parts: Buffer[] = [count];
  row.forEach((value, at) => {
    const length = Buffer.alloc(4);
    const bytes = value === null ? null : toBinary(columns[at]?.typeOid ?? 0, value);
    length.writeInt32BE(bytes === null ? -1 : bytes.length);
    parts.push(length);
    if (bytes !== null) parts.push(bytes);
  });
  return Buffer.concat(parts);
}

/** Reads the fields of rows out of the bytes as they come. */
export class BinaryRows {
  readonly #columns: number;
  readonly #maximum: number;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** The header was read. */
  begun = false;
  ended = false;
  /** Number of the row read last. */
  number = 0;

  constructor(columns: number, maximum: number) {
    this.#columns = columns;
    this.#maximum = maximum;
  }

  push(bytes: Buffer): void {
    this.#bytes = this.#at >= this.#bytes.length ? Buffer.from(bytes) : Buffer.concat([this.#bytes.subarray(this.#at), bytes]);
    this.#at = 0;
    if (this.#bytes.length > this.#maximum)
      fail("54000", `a row of COPY is longer than ${this.#maximum} bytes (limit documentBytes)`);
  }

  /** The next row; null when it has not come whole, or after the last. */
  next(): (Buffer | null)[] | null {
    if (!this.begun && !this.#header()) return null;
    if (this.ended || this.#bytes.length - this.#at < 2) return null;
    const count = this.#bytes.readInt16BE(this.#at);
    if (count === -1) {
      this.ended = true;
      this.#at += 2;
      if (this.#at < this.#bytes.length) {
        this.number++;
        fail("22P04", "received copy data after EOF marker");
      }
      return null;
    }
    if (count !== this.#columns) {
      this.number++;
      fail("22P04", `row field count is ${count}, expected ${this.#columns}`);
    }
    const fields: (Buffer | null)[] = [];
    let at = this.#at + 2;
    for (let left = count; left > 0; left--) {
      if (this.#bytes.length - at < 4) return null;
      const length = this.#bytes.readInt32BE(at);
      at += 4;
      if (length < -1) {
        this.number++;
        fail("22P04", "invalid field size");
      }
      if (length === -1) fields.push(null);
      else {
        if (this.#bytes.length - at < length) return null;
        fields.push(this.#bytes.subarray(at, at + length));
        at += length;
      }
    }
    this.#at = at;
    this.number++;
    return fields;
  }

  /** When no more will come: the field of a row that is not whole, -1 = not even its count is; null = nothing is unfinished. */
  unfinished(): number | null {
    if (this.ended || this.#at >= this.#bytes.length) return null;
    if (this.#bytes.length - this.#at < 2) return -1;
    let at = this.#at + 2;
    for (let field = 0; ; field++) {
      if (this.#bytes.length - at < 4) return field;
      at += 4 + Math.max(0, this.#bytes.readInt32BE(at));
      if (at > this.#bytes.length) return field;
    }
  }

  #header(): boolean {
    const have = Math.min(SIGNATURE.length, this.#bytes.length);
    if (SIGNATURE.compare(this.#bytes, 0, have, 0, have) !== 0) fail("22P04", "COPY file signature not recognized");
    if (this.#bytes.length < HEADER_BYTES) return false;
    const flags = this.#bytes.readUInt32BE(SIGNATURE.length);
    if ((flags & 0x1_0000) !== 0) fail("22P04", "invalid COPY file header (WITH OIDS)");
    if ((flags & 0xffff_0000) !== 0) fail("22P04", "unrecognized critical flags in COPY file header");
    const extension = this.#bytes.readInt32BE(SIGNATURE.length + 4);
    if (extension < 0) fail("22P04", "invalid COPY file header (missing length)");
    if (this.#bytes.length < HEADER_BYTES + extension) return false;
    this.#at = HEADER_BYTES + extension;
    this.begun = true;
    return true;
  }
}
