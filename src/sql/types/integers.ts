// smallint, integer, bigint and oid: SQLite integers, range-checked on the way in and after every arithmetic step.
import { fail } from "../errors.ts";
import { badInput, defineType, scalarText, wrongLength } from "./define.ts";
import { OID } from "./oids.ts";
import type { SqlType } from "./type.ts";

interface Width {
  readonly oid: number;
  readonly arrayOid: number;
  readonly name: string;
  readonly display: string;
  readonly bytes: 2 | 4 | 8;
  readonly low: bigint;
  readonly high: bigint;
  readonly preferred?: boolean;
  readonly read: (bytes: Buffer) => string;
  readonly write: (bytes: Buffer, text: string) => void;
}

const WHOLE = /^\s*[+-]?\d+\s*$/;

function integer(width: Width): SqlType {
  const { oid, arrayOid, name, display, bytes, low, high } = width;
  const smallLow = Number(low);
  const smallHigh = Number(high);
  const read = (text: string): number | bigint => {
    if (!WHOLE.test(text)) return badInput(display, text);
    if (bytes < 8 || text.length < 16) {
      const value = Number(text);
      if (value >= smallLow && value <= smallHigh) return value;
    }
    const value = BigInt(text.trim().replace(/^\+/, ""));
    if (value < low || value > high) fail("22003", `value "${text.trim()}" is out of range for type ${display}`);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };
  return defineType({
    oid,
    arrayOid,
    name,
    display,
    length: bytes,
    category: "N",
    preferred: width.preferred ?? false,
    storage: "integer",
    input: read,
    output: (raw) => String(raw),
    decode: (buffer) => (buffer.length === bytes ? width.read(buffer) : wrongLength(display)),
    encode: (text) => {
      const buffer = Buffer.alloc(bytes);
      width.write(buffer, text);
      return buffer;
    },
    toJson: (raw) => String(raw),
    fromJson: (json) => {
      const text = scalarText(json, display);
      // A whole number written as 1.0 or 1e3 is still that number.
      if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) && !WHOLE.test(text) && Number.isSafeInteger(Number(text))) {
        return read(String(Number(text)));
      }
      return read(text);
    },
  });
}

export const int2 = integer({
  oid: OID.int2,
  arrayOid: 1005,
  name: "int2",
  display: "smallint",
  bytes: 2,
  low: -32_768n,
  high: 32_767n,
  read: (bytes) => String(bytes.readInt16BE()),
  write: (bytes, text) => bytes.writeInt16BE(Number(text)),
});

export const int4 = integer({
  oid: OID.int4,
  arrayOid: 1007,
  name: "int4",
  display: "integer",
  bytes: 4,
  low: -2_147_483_648n,
  high: 2_147_483_647n,
  read: (bytes) => String(bytes.readInt32BE()),
  write: (bytes, text) => bytes.writeInt32BE(Number(text)),
});

export const int8 = integer({
  oid: OID.int8,
  arrayOid: 1016,
  name: "int8",
  display: "bigint",
  bytes: 8,
  low: -(2n ** 63n),
  high: 2n ** 63n - 1n,
  read: (bytes) => String(bytes.readBigInt64BE()),
  write: (bytes, text) => bytes.writeBigInt64BE(BigInt(text)),
});

const unsigned = {
  bytes: 4 as const,
  low: 0n,
  high: 4_294_967_295n,
  read: (bytes: Buffer): string => String(bytes.readUInt32BE()),
  write: (bytes: Buffer, text: string): void => {
    bytes.writeUInt32BE(Number(text));
  },
};

export const oid = integer({ oid: OID.oid, arrayOid: 1028, name: "oid", display: "oid", preferred: true, ...unsigned });
export const xid = integer({ oid: OID.xid, arrayOid: 1011, name: "xid", display: "xid", ...unsigned });
export const cid = integer({ oid: OID.cid, arrayOid: 1012, name: "cid", display: "cid", ...unsigned });
