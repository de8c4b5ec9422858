// Reads the fields of one message: a cursor between two bounds that never leaves them.
import { isUtf8 } from "node:buffer";
import { firstInvalid } from "../../../base/utf8.ts";
import { ProtocolError } from "./protocol.ts";

export class Fields {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Claims the next `count` bytes, answering where they start. */
  take(count: number): number {
    const start = this.at;
    if (count < 0 || start + count > this.end) throw new ProtocolError("insufficient data left in message");
    this.at = start + count;
    return start;
  }

  uint8(): number {
    return this.bytes.readUInt8(this.take(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.take(2));
  }

  /** Counts are sent as int16 but mean 0 to 65,535. */
  uint16(): number {
    return this.bytes.readUInt16BE(this.take(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.take(4));
  }

  uint32(): number {
    return this.bytes.readUInt32BE(this.take(4));
  }

  /** Text up to its zero byte. Throws 22021 when it is not UTF-8. */
  cstring(): string {
    const start = this.at;
    const zero = this.bytes.indexOf(0, start);
    if (zero < 0 || zero >= this.end) throw new ProtocolError("invalid string in message");
    this.at = zero + 1;
    return text(this.bytes, start, zero);
  }

  /** Text of a known length. Throws 22021 when it is not UTF-8 or holds a zero byte. */
  text(length: number): string {
    const start = this.take(length);
    const value = text(this.bytes, start, this.at);
    if (value.includes("\0")) {
      throw new ProtocolError('invalid byte sequence for encoding "UTF8": 0x00', { sqlstate: "22021" });
    }
    return value;
  }

  /** A copy: what the message lies in is overwritten by later messages. */
  copy(length: number): Buffer {
    const start = this.take(length);
    return Buffer.from(this.bytes.subarray(start, this.at));
  }

  finish(): void {
    if (this.at !== this.end) throw new ProtocolError("invalid message format");
  }
}

function text(bytes: Buffer, start: number, end: number): string {
  const value = bytes.toString("utf8", start, end);
  // The decoder puts U+FFFD where bytes are not UTF-8; only then is a second look needed.
  if (value.includes("\ufffd") && !isUtf8(bytes.subarray(start, end))) {
    const shown = firstInvalid(bytes.subarray(start, end))?.shown ?? "";
    throw new ProtocolError(`invalid byte sequence for encoding "UTF8": ${shown}`, { sqlstate: "22021" });
  }
  return value;
}
