// bytea: BLOB inside SQLite, `\x…` text in documents.
import { badInput, defineType } from "./define.ts";
import { OID } from "./oids.ts";

function read(text: string): Buffer {
  if (text.startsWith("\\x")) {
    const digits = text.slice(2).replace(/\s+/g, "");
    if (!/^[0-9a-fA-F]*$/.test(digits) || digits.length % 2 !== 0) badInput("bytea", text);
    return Buffer.from(digits, "hex");
  }
  const parts: Buffer[] = [];
  for (const piece of text.match(/\\\\|\\[0-3][0-7]{2}|[^\\]+|\\/g) ?? []) {
    if (piece === "\\") badInput("bytea", text);
    if (piece === "\\\\") parts.push(Buffer.from("\\"));
    else if (piece.startsWith("\\")) parts.push(Buffer.from([Number.parseInt(piece.slice(1), 8)]));
    else parts.push(Buffer.from(piece, "utf8"));
  }
  return Buffer.concat(parts);
}

const bytesOf = (raw: unknown): Buffer => (Buffer.isBuffer(raw) ? raw : Buffer.from(String(raw), "utf8"));
const hex = (bytes: Buffer): string => `\\x${bytes.toString("hex")}`;

function escaped(bytes: Buffer): string {
  let out = "";
  for (const byte of bytes) {
    if (byte === 92) out += "\\\\";
    else if (byte < 32 || byte > 126) out += `\\${byte.toString(8).padStart(3, "0")}`;
    else out += String.fromCharCode(byte);
  }
  return out;
}

export const bytea = defineType({
  oid: OID.bytea,
  arrayOid: 1001,
  name: "bytea",
  length: -1,
  category: "U",
  storage: "blob",
  input: read,
  output: (raw, style) => (style.byteaEscape ? escaped(bytesOf(raw)) : hex(bytesOf(raw))),
  decode: (bytes) => hex(bytes),
  encode: read,
  member: (body, path) => `bytea_member(${body} ->> ${path})`,
  toJson: (raw) => JSON.stringify(hex(bytesOf(raw))),
});
