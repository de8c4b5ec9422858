// Where bytes that should be UTF-8 are not, as PostgreSQL tells it.
import { isUtf8 } from "node:buffer";

/** Place and hexadecimal form of the first bytes that are no character (a zero byte is none either); null when all are. */
export function firstInvalid(bytes: Buffer): { readonly at: number; readonly shown: string } | null {
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0;
    const length = byte < 0xc0 || byte >= 0xf8 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    const part = bytes.subarray(at, at + length);
    if (byte === 0 || !isUtf8(part)) {
      return { at, shown: [...part].map((each) => `0x${each.toString(16).padStart(2, "0")}`).join(" ") };
    }
    at += length;
  }
  return null;
}
