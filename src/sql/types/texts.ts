// text, varchar, char(n), name, "char" and the types that are text to us. Byte order is PostgreSQL's "C" collation.
import { fail } from "../errors.ts";
import { defineType } from "./define.ts";
import { OID } from "./oids.ts";
import type { SqlType } from "./type.ts";

const clean = (text: string): string => {
  if (text.includes("\u0000")) fail("22021", 'invalid byte sequence for encoding "UTF8": 0x00');
  return text;
};

const plain = (rest: Pick<SqlType, "oid" | "arrayOid" | "name" | "length"> & Partial<SqlType>): SqlType =>
  defineType({ category: "S", storage: "text", input: clean, output: String, ...rest });

export const text = plain({ oid: OID.text, arrayOid: OID.textArray, name: "text", length: -1, preferred: true });

const lengthModifier = (name: string) => ({
  showModifier: (typmod: number): string => (typmod < 4 ? "" : `(${typmod - 4})`),
  readModifier: (modifiers: number[]): number => {
    const [length = 0] = modifiers;
    if (modifiers.length !== 1) fail("22023", "invalid type modifier");
    if (length < 1) fail("22023", `length for type ${name} must be at least 1`);
    if (length > 10_485_760) fail("22023", `length for type ${name} cannot exceed 10485760`);
    return length + 4;
  },
});

/** Cuts to a number of characters. What is cut must be blanks, unless the cast was explicit. */
function cut(value: string, typmod: number, explicit: boolean, display: string): string {
  const limit = typmod - 4;
  if (typmod < 4 || value.length <= limit) return value;
  const characters = [...value];
  if (characters.length <= limit) return value;
  if (!explicit && characters.slice(limit).some((character) => character !== " ")) {
    fail("22001", `value too long for type ${display}(${limit})`);
  }
  return characters.slice(0, limit).join("");
}

export const varchar = plain({
  oid: OID.varchar,
  arrayOid: 1015,
  name: "varchar",
  display: "character varying",
  length: -1,
  input: (value, typmod) => cut(clean(value), typmod, false, "character varying"),
  modify: (raw, typmod, explicit) => cut(String(raw), typmod, explicit, "character varying"),
  ...lengthModifier("varchar"),
});

const pad = (value: string, typmod: number): string => {
  const missing = typmod - 4 - [...value].length;
  return typmod >= 4 && missing > 0 ? value + " ".repeat(missing) : value;
};

export const bpchar = plain({
  oid: OID.bpchar,
  arrayOid: 1014,
  name: "bpchar",
  display: "character",
  length: -1,
  input: (value, typmod) => pad(cut(clean(value), typmod, false, "character"), typmod),
  modify: (raw, typmod, explicit) => pad(cut(String(raw), typmod, explicit, "character"), typmod),
  key: (sql) => `rtrim(${sql}, ' ')`,
  ...lengthModifier("char"),
});

/** An identifier: at most 63 bytes. */
export function cutName(value: string): string {
  if (Buffer.byteLength(value) <= 63) return value;
  let out = "";
  let bytes = 0;
  for (const character of value) {
    bytes += Buffer.byteLength(character);
    if (bytes > 63) break;
    out += character;
  }
  return out;
}

export const name = plain({
  oid: OID.name,
  arrayOid: 1003,
  name: "name",
  length: 64,
  input: (value) => cutName(clean(value)),
  modify: (raw) => cutName(String(raw)),
});

export const char = plain({
  oid: OID.char,
  arrayOid: 1002,
  name: "char",
  display: '"char"',
  length: 1,
  category: "Z",
  input: (value) => clean(value).slice(0, 1),
});

export const unknown = plain({ oid: OID.unknown, arrayOid: 0, name: "unknown", length: -2, category: "X" });
export const nodeTree = plain({ oid: OID.pg_node_tree, arrayOid: 0, name: "pg_node_tree", length: -1, category: "Z" });
export const aclitem = plain({ oid: OID.aclitem, arrayOid: 1034, name: "aclitem", length: 12, category: "U" });
export const tid = plain({ oid: OID.tid, arrayOid: 1010, name: "tid", length: 6, category: "U" });

const pseudo = (oid: number, typeName: string): SqlType =>
  plain({ oid, arrayOid: 0, name: typeName, length: 4, category: "P", comparable: false });

export const voidType = pseudo(OID.void, "void");
/** A row as one value. Inside SQLite: JSON text of [name, type, text form, fields of a record, or null] for each field. */
export type RecordField = readonly [name: string, type: number, text: string | null | readonly RecordField[]];

function showRecord(raw: string): string {
  return showFields(JSON.parse(raw) as readonly RecordField[]);
}

/** A record inside a record is nested, not text. */
function showFields(fields: readonly RecordField[]): string {
  const shown = fields.map(([, , field]) => {
    if (field === null) return "";
    const value = typeof field === "string" ? field : showFields(field);
    return value === "" || /[",()\\\s]/.test(value) ? `"${value.replace(/["\\]/g, "$&$&")}"` : value;
  });
  return `(${shown.join(",")})`;
}

export const record: SqlType = {
  ...pseudo(OID.record, "record"),
  arrayOid: 2287,
  length: -1,
  comparable: false,
  output: (raw) => showRecord(String(raw)),
};
export const anyType = { ...pseudo(OID.any, "any"), display: '"any"' };
export const anyelement = pseudo(OID.anyelement, "anyelement");
export const anyarray = { ...pseudo(OID.anyarray, "anyarray"), length: -1 };
export const anynonarray = pseudo(OID.anynonarray, "anynonarray");
export const anycompatible = pseudo(OID.anycompatible, "anycompatible");
export const anycompatiblearray = { ...pseudo(OID.anycompatiblearray, "anycompatiblearray"), length: -1 };
