// Writes backend messages into a slab. What is flushed is handed to the socket as a view; writing goes on behind it, and a new
// slab is taken when one is full, so a slab that the kernel still reads is never overwritten and most replies cost no allocation.
import type { SqlColumn, SqlText } from "../../../sql/contract.ts";
import type { Format } from "./protocol.ts";

const SLAB_BYTES = 16 * 1024;

const AUTHENTICATION = 0x52;
const BACKEND_KEY_DATA = 0x4b;
const BIND_COMPLETE = 0x32;
const CLOSE_COMPLETE = 0x33;
const COMMAND_COMPLETE = 0x43;
const COPY_DATA = 0x64;
const COPY_DONE = 0x63;
const COPY_IN = 0x47;
const COPY_OUT = 0x48;
const DATA_ROW = 0x44;
const EMPTY_QUERY = 0x49;
const ERROR = 0x45;
const NEGOTIATE_VERSION = 0x76;
const NO_DATA = 0x6e;
const NOTICE = 0x4e;
const NOTIFICATION = 0x41;
const PARAMETER_DESCRIPTION = 0x74;
const PARAMETER_STATUS = 0x53;
const PARSE_COMPLETE = 0x31;
const PORTAL_SUSPENDED = 0x73;
const READY = 0x5a;
const ROW_DESCRIPTION = 0x54;

/** Field codes of ErrorResponse and NoticeResponse with their text. */
export type ReportFields = readonly (readonly [code: string, text: string])[];

export class Output {
  #slab: Buffer = Buffer.allocUnsafe(SLAB_BYTES);
  /** Start of what is not yet flushed, and where writing goes on. */
  #from = 0;
  #at = 0;
  /** Where the open message's length goes. */
  #length = 0;

  /** Bytes written and not yet taken. */
  get pending(): number {
    return this.#at - this.#from;
  }

  /** Takes what was written since the last call. */
  take(): Buffer {
    const bytes = this.#slab.subarray(this.#from, this.#at);
    this.#from = this.#at;
    return bytes;
  }

  authenticationOk(): void {
    this.#begin(AUTHENTICATION);
    this.#int32(0);
    this.#finish();
  }

  authenticationSasl(mechanisms: readonly string[]): void {
    this.#begin(AUTHENTICATION);
    this.#int32(10);
    for (const mechanism of mechanisms) this.#cstring(mechanism);
    this.#uint8(0);
    this.#finish();
  }

  authenticationSaslContinue(data: string): void {
    this.#begin(AUTHENTICATION);
    this.#int32(11);
    this.#text(data);
    this.#finish();
  }

  authenticationSaslFinal(data: string): void {
    this.#begin(AUTHENTICATION);
    this.#int32(12);
    this.#text(data);
    this.#finish();
  }

  negotiateVersion(minor: number, unknownOptions: readonly string[]): void {
    this.#begin(NEGOTIATE_VERSION);
    this.#int32(minor);
    this.#int32(unknownOptions.length);
    for (const option of unknownOptions) this.#cstring(option);
    this.#finish();
  }

  parameterStatus(name: string, value: string): void {
    this.#begin(PARAMETER_STATUS);
    this.#cstring(name);
    this.#cstring(value);
    this.#finish();
  }

  backendKeyData(pid: number, secret: Buffer): void {
    this.#begin(BACKEND_KEY_DATA);
    this.#int32(pid);
    this.#raw(secret);
    this.#finish();
  }

  ready(status: "I" | "T" | "E"): void {
    this.#begin(READY);
    this.#uint8(status.charCodeAt(0));
    this.#finish();
  }

  parseComplete(): void {
    this.#bare(PARSE_COMPLETE);
  }

  bindComplete(): void {
    this.#bare(BIND_COMPLETE);
  }

  closeComplete(): void {
    this.#bare(CLOSE_COMPLETE);
  }

  noData(): void {
    this.#bare(NO_DATA);
  }

  emptyQuery(): void {
    this.#bare(EMPTY_QUERY);
  }

  portalSuspended(): void {
    this.#bare(PORTAL_SUSPENDED);
  }

  commandComplete(tag: string): void {
    this.#begin(COMMAND_COMPLETE);
    this.#cstring(tag);
    this.#finish();
  }

  parameterDescription(oids: readonly number[]): void {
    this.#begin(PARAMETER_DESCRIPTION);
    this.#int16(oids.length);
    for (const oid of oids) this.#int32(oid);
    this.#finish();
  }

  /** `formats`: none = text, one = for all, else one a column. */
  rowDescription(columns: readonly SqlColumn[], formats: readonly Format[]): void {
    this.#begin(ROW_DESCRIPTION);
    this.#int16(columns.length);
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index];
      if (column === undefined) continue;
      this.#cstring(column.name);
      this.#int32(column.tableOid);
      this.#int16(column.attribute);
      this.#int32(column.typeOid);
      this.#int16(column.typeLength);
      this.#int32(column.typmod);
      this.#int16(formatOf(formats, index));
    }
    this.#finish();
  }

  /** A row whose values are all in text form. */
  textRow(row: readonly SqlText[]): void {
    this.#begin(DATA_ROW);
    this.#int16(row.length);
    for (const value of row) {
      if (value === null) this.#int32(-1);
      else this.#sized(value);
    }
    this.#finish();
  }

  /** A row of which `binary(value, index)` turns the columns of binary format into bytes. */
  mixedRow(row: readonly SqlText[], formats: readonly Format[], binary: (value: string, index: number) => Buffer): void {
    // Converted before the message is begun: a value that has no binary form must leave no half message behind.
    const values: (Buffer | string | null)[] = row.map((value, index) =>
      value === null || formatOf(formats, index) === 0 ? value : binary(value, index),
    );
    this.#begin(DATA_ROW);
    this.#int16(values.length);
    for (const value of values) {
      if (value === null) this.#int32(-1);
      else if (typeof value === "string") this.#sized(value);
      else {
        this.#int32(value.length);
        this.#raw(value);
      }
    }
    this.#finish();
  }

  error(fields: ReportFields): void {
    this.#report(ERROR, fields);
  }

  notice(fields: ReportFields): void {
    this.#report(NOTICE, fields);
  }

  notification(pid: number, channel: string, payload: string): void {
    this.#begin(NOTIFICATION);
    this.#int32(pid);
    this.#cstring(channel);
    this.#cstring(payload);
    this.#finish();
  }

  /** `in` answers COPY FROM STDIN, `out` COPY TO STDOUT; all columns have one format. */
  copyResponse(way: "in" | "out", format: Format, columns: number): void {
    this.#begin(way === "in" ? COPY_IN : COPY_OUT);
    this.#uint8(format);
    this.#int16(columns);
    for (let at = 0; at < columns; at++) this.#int16(format);
    this.#finish();
  }

  copyData(data: string | Buffer): void {
    this.#begin(COPY_DATA);
    if (typeof data === "string") this.#text(data);
    else {
      this.#reserve(data.length);
      this.#raw(data);
    }
    this.#finish();
  }

  copyDone(): void {
    this.#bare(COPY_DONE);
  }

  /** The one-byte answer to an SSLRequest or GSSENCRequest, and replies to other protocols. */
  bytes(text: string): void {
    this.#text(text);
  }

  #report(type: number, fields: ReportFields): void {
    this.#begin(type);
    for (const [code, text] of fields) {
      this.#uint8(code.charCodeAt(0));
      this.#cstring(text);
    }
    this.#uint8(0);
    this.#finish();
  }

  #bare(type: number): void {
    this.#begin(type);
    this.#finish();
  }

  #begin(type: number): void {
    this.#reserve(5);
    this.#slab[this.#at] = type;
    this.#length = this.#at + 1;
    this.#at += 5;
  }

  #finish(): void {
    const length = this.#at - this.#length;
    const slab = this.#slab;
    slab[this.#length] = length >>> 24;
    slab[this.#length + 1] = length >>> 16;
    slab[this.#length + 2] = length >>> 8;
    slab[this.#length + 3] = length;
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#slab.length) return;
    const used = this.#at - this.#from;
    const slab = Buffer.allocUnsafe(Math.max(SLAB_BYTES, (used + count) * 2));
    this.#slab.copy(slab, 0, this.#from, this.#at);
    this.#length -= this.#from;
    this.#slab = slab;
    this.#from = 0;
    this.#at = used;
  }

  #uint8(value: number): void {
    this.#reserve(1);
    this.#slab[this.#at++] = value;
  }

  #int16(value: number): void {
    this.#reserve(2);
    this.#slab[this.#at++] = value >>> 8;
    this.#slab[this.#at++] = value;
  }

  #int32(value: number): void {
    this.#reserve(4);
    const slab = this.#slab;
    let at = this.#at;
    slab[at++] = value >>> 24;
    slab[at++] = value >>> 16;
    slab[at++] = value >>> 8;
    slab[at++] = value;
    this.#at = at;
  }

  #raw(bytes: Buffer): void {
    this.#reserve(bytes.length);
    bytes.copy(this.#slab, this.#at);
    this.#at += bytes.length;
  }

  /** UTF-8 without length or end. A UTF-16 unit is at most three bytes. */
  #text(value: string): void {
    const length = value.length;
    this.#reserve(length < 4096 ? length * 3 : Buffer.byteLength(value));
    // For short ASCII text a loop beats the call into the encoder.
    if (length <= 24) {
      const slab = this.#slab;
      let at = this.#at;
      let index = 0;
      for (; index < length; index++) {
        const code = value.charCodeAt(index);
        if (code > 127) break;
        slab[at++] = code;
      }
      if (index === length) {
        this.#at = at;
        return;
      }
    }
    this.#at += this.#slab.write(value, this.#at, "utf8");
  }

  #cstring(value: string): void {
    // A zero byte would end the field early and shift all that follows.
    this.#text(value.includes("\0") ? value.replaceAll("\0", "") : value);
    this.#uint8(0);
  }

  #sized(value: string): void {
    this.#reserve(4);
    const at = this.#at;
    this.#at = at + 4;
    // The slab may be replaced while the text is written: where the length goes is kept relative to the unflushed start.
    const offset = at - this.#from;
    this.#text(value);
    const length = this.#at - this.#from - offset - 4;
    const where = this.#from + offset;
    const slab = this.#slab;
    slab[where] = length >>> 24;
    slab[where + 1] = length >>> 16;
    slab[where + 2] = length >>> 8;
    slab[where + 3] = length;
  }
}

export function formatOf(formats: readonly Format[], index: number): Format {
  return (formats.length === 1 ? formats[0] : formats[index]) ?? 0;
}
