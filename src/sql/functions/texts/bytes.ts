// Bytes and their bits; text in escapes of Unicode.
import { fail } from "../../errors.ts";
import type { Raw } from "../../types/index.ts";
import type { SqlFunction } from "../define.ts";
import { bytea, int4, int8, js, text } from "../short.ts";

const bytesOf = (raw: Raw | undefined): Buffer => (Buffer.isBuffer(raw) ? raw : Buffer.alloc(0));

function trimBytes(value: Raw | undefined, set: Raw | undefined, left: boolean, right: boolean): Buffer {
  const bytes = bytesOf(value);
  const wanted = new Set(bytesOf(set));
  let from = 0;
  let to = bytes.length;
  if (left) while (from < to && wanted.has(bytes[from] ?? -1)) from++;
  if (right) while (to > from && wanted.has(bytes[to - 1] ?? -1)) to--;
  return bytes.subarray(from, to);
}

function within(index: number, length: number): number {
  return index < 0 || index >= length ? fail("2202E", `index ${index} out of valid range, 0..${length - 1}`) : index;
}

function changed(value: Raw | undefined, change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(bytesOf(value));
  change(bytes);
  return bytes;
}

/** \XXXX, \+XXXXXX, \uXXXX and \UXXXXXXXX of unistr(). */
function unistr(value: string): string {
  let high: number | null = null;
  const wrongPair = (): never => fail("42601", "invalid Unicode surrogate pair");
  const out = value.replace(
    /\\(?:(\\)|\+([0-9a-fA-F]{6})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-9a-fA-F]{4})|)|([^\\]+)/g,
    (_, backslash, plus, short, long, plain, rest) => {
      if (rest !== undefined || backslash !== undefined) {
        if (high !== null) wrongPair();
        return rest ?? "\\";
      }
      const digits = plus ?? short ?? long ?? plain;
      if (digits === undefined) {
        return fail("42601", "invalid Unicode escape", {
          hint: "Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.",
        });
      }
      const code = Number.parseInt(digits, 16);
      if (code === 0 || code > 0x10ffff)
        fail("22023", `invalid Unicode code point: ${code.toString(16).toUpperCase().padStart(4, "0")}`);
      const isLow = code >= 0xdc00 && code <= 0xdfff;
      if (high !== null) {
        if (!isLow) wrongPair();
        const first = high;
        high = null;
        return String.fromCharCode(first, code);
      }
      if (isLow) wrongPair();
      if (code >= 0xd800 && code <= 0xdbff) {
        high = code;
        return "";
      }
      return String.fromCodePoint(code);
    },
  );
  return high === null ? out : wrongPair();
}

export const byteFunctions: readonly SqlFunction[] = [
  ...(
    [
      ["btrim", true, true],
      ["ltrim", true, false],
      ["rtrim", false, true],
    ] as const
  ).map(([name, left, right]) => js(name, [bytea, bytea], bytea, (value, set) => trimBytes(value, set, left, right))),
  ...["substr", "substring"].map((name) =>
    js(name, [bytea, int4], bytea, (value, from) => bytesOf(value).subarray(Math.max(0, Number(from) - 1))),
  ),
  js("substr", [bytea, int4, int4], bytea, (value, from, count) => {
    if (Number(count) < 0) fail("22011", "negative substring length not allowed");
    const start = Number(from) - 1;
    return bytesOf(value).subarray(Math.max(0, start), Math.max(0, start + Number(count)));
  }),
  js("position", [bytea, bytea], int4, (value, part) => bytesOf(value).indexOf(bytesOf(part)) + 1),
  js("bit_length", [bytea], int4, (value) => bytesOf(value).length * 8),
  js(
    "overlay",
    [bytea, bytea, int4, int4],
    bytea,
    (value, part, from, count) => {
      const [bytes, change, start] = [bytesOf(value), bytesOf(part), Number(from) - 1];
      if (start < 0) fail("22011", "negative substring length not allowed");
      const length = count === undefined ? change.length : Number(count);
      return Buffer.concat([bytes.subarray(0, start), change, bytes.subarray(Math.max(0, start + length))]);
    },
    { optional: 1 },
  ),
  js("get_byte", [bytea, int4], int4, (value, at) => bytesOf(value)[within(Number(at), bytesOf(value).length)] ?? 0),
  js("set_byte", [bytea, int4, int4], bytea, (value, at, byte) =>
    changed(value, (bytes) => {
      bytes[within(Number(at), bytes.length)] = Number(byte) & 255;
    }),
  ),
  js("get_bit", [bytea, int8], int4, (value, at) => {
    const index = within(Number(at), bytesOf(value).length * 8);
    return ((bytesOf(value)[index >> 3] ?? 0) >> (index & 7)) & 1;
  }),
  js("set_bit", [bytea, int8, int4], bytea, (value, at, bit) =>
    changed(value, (bytes) => {
      const index = within(Number(at), bytes.length * 8);
      if (Number(bit) !== 0 && Number(bit) !== 1) fail("22023", "new bit must be 0 or 1");
      const mask = 1 << (index & 7);
      const byte = bytes[index >> 3] ?? 0;
      bytes[index >> 3] = Number(bit) === 1 ? byte | mask : byte & ~mask;
    }),
  ),
  js("bit_count", [bytea], int8, (value) => {
    let bits = 0;
    for (let byte of bytesOf(value)) for (; byte > 0; byte >>= 1) bits += byte & 1;
    return bits;
  }),
  js("unistr", [text], text, (value) => unistr(String(value))),
];
