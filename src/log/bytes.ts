// Writing and reading the payload's bytes: varints (LEB128 of a safe integer), texts (varint length, UTF-8), ids.
// The writer fills large slabs and hands out slices of them, so that encoding a record copies and allocates nothing.
import { assert } from "../base/assert.ts";

const SLAB_BYTES = 256 * 1024;
/** Up to here a loop over characters beats a call into the engine's encoder (measured: about 1 ns a character). */
const LOOP_CHARACTERS = 40;
const UUID_CHARACTERS = 36;

/** Hex digit -> value; 255 = none. Upper case is left out: an id must come back as it was. */
const NIBBLE = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value++) NIBBLE[value.toString(16).charCodeAt(0)] = value;

/** What does not decode; the reader of segments turns it into CORRUPT with the place. */
export class MalformedBytes extends Error {
  override readonly name = "MalformedBytes";
}

export class ByteWriter {
  buffer: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  at = 0;
  #start = 0;

  /** Starts a new run of bytes. */
  begin(): void {
    this.#start = this.at;
  }

  /** The bytes since `begin`. They are the caller's: the writer never touches them again. */
  end(): Buffer {
    return this.buffer.subarray(this.#start, this.at);
  }

  /** Where the current run begins in `buffer` (moves when the run is copied to a larger slab). */
  get start(): number {
    return this.#start;
  }

  reserve(bytes: number): void {
    if (this.at + bytes > this.buffer.length) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    const length = this.at - this.#start;
    const slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, (length + bytes) * (length > SLAB_BYTES ? 2 : 1)));
    this.buffer.copy(slab, 0, this.#start, this.at);
    this.buffer = slab;
    this.#start = 0;
    this.at = length;
  }

  u8(value: number): void {
    this.reserve(1);
    this.buffer[this.at++] = value;
  }

  varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, `a varint is a whole number of at least 0, not ${value}`);
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.at++] = (rest & 0x7f) | 0x80;
      rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 128);
    }
    this.buffer[this.at++] = rest;
  }

  text(value: string): void {
    const length = value.length;
    if (length <= LOOP_CHARACTERS) {
      this.reserve(length + 1);
      const { buffer, at } = this;
      let index = 0;
      for (; index < length; index++) {
        const code = value.charCodeAt(index);
        if (code >= 0x80) break;
        buffer[at + 1 + index] = code;
      }
      if (index === length) {
        buffer[at] = length;
        this.at = at + 1 + length;
        return;
      }
    }
    const bytes = Buffer.byteLength(value, "utf8");
    this.varint(bytes);
    this.reserve(bytes);
    // Same bytes either way for ASCII; the plain copy is the faster call.
    if (bytes === length) this.buffer.write(value, this.at, bytes, "latin1");
    else this.buffer.write(value, this.at, bytes, "utf8");
    this.at += bytes;
  }

  bytes(value: Buffer): void {
    this.varint(value.length);
    this.reserve(value.length);
    value.copy(this.buffer, this.at);
    this.at += value.length;
  }

  /** An id that usually is a UUID: byte 1 and its 16 bytes, or byte 0 and the text. */
  id(value: string): void {
    if (value.length === UUID_CHARACTERS && this.#uuid(value)) return;
    this.u8(0);
    this.text(value);
  }

  #uuid(value: string): boolean {
    this.reserve(17);
    const { buffer } = this;
    let out = this.at;
    buffer[out++] = 1;
    for (let index = 0; index < UUID_CHARACTERS; ) {
      if (index === 8 || index === 13 || index === 18 || index === 23) {
        if (value.charCodeAt(index++) !== 45) return false;
        continue;
      }
      const high = NIBBLE[value.charCodeAt(index)] ?? 255;
      const low = NIBBLE[value.charCodeAt(index + 1)] ?? 255;
      if ((high | low) > 15) return false;
      buffer[out++] = (high << 4) | low;
      index += 2;
    }
    this.at = out;
    return true;
  }
}

export class ByteReader {
  readonly buffer: Buffer;
  at: number;
  readonly end: number;

  constructor(buffer: Buffer, at: number, end: number) {
    this.buffer = buffer;
    this.at = at;
    this.end = end;
  }

  #need(bytes: number): void {
    if (this.at + bytes > this.end) throw new MalformedBytes(`${bytes} bytes are needed and ${this.end - this.at} are left`);
  }

  u8(): number {
    this.#need(1);
    return this.buffer[this.at++] ?? 0;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
      scale *= 128;
    }
    throw new MalformedBytes("a number is longer than 53 bits");
  }

  text(): string {
    const length = this.varint();
    this.#need(length);
    this.at += length;
    return this.buffer.toString("utf8", this.at - length, this.at);
  }

  skipText(): void {
    const length = this.varint();
    this.#need(length);
    this.at += length;
  }

  /** A copy, so that it may outlive the window it was read from. */
  bytes(): Buffer {
    const length = this.varint();
    this.#need(length);
    this.at += length;
    return Buffer.from(this.buffer.subarray(this.at - length, this.at));
  }

  id(): string {
    const form = this.u8();
    if (form === 0) return this.text();
    if (form !== 1) throw new MalformedBytes(`${form} is no form of an id`);
    this.#need(16);
    const hex = this.buffer.toString("hex", this.at, this.at + 16);
    this.at += 16;
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  skipId(): void {
    const form = this.u8();
    if (form === 0) return this.skipText();
    if (form !== 1) throw new MalformedBytes(`${form} is no form of an id`);
    this.#need(16);
    this.at += 16;
  }
}
