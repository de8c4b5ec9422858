// The types, one line each. Look one up by OID or by name; convert between wire text and wire binary.
import { fail } from "../errors.ts";
import { arrayOf, vectorOf } from "./array.ts";
import { bool } from "./bool.ts";
import { bytea } from "./bytea.ts";
import { float4, float8 } from "./floats.ts";
import { cid, int2, int4, int8, oid, xid } from "./integers.ts";
import { interval } from "./interval.ts";
import { json, jsonb, jsonpath } from "./jsons.ts";
import { nameTypes } from "./names.ts";
import { numeric } from "./numeric.ts";
import { OID } from "./oids.ts";
import {
  aclitem,
  anyarray,
  anycompatible,
  anycompatiblearray,
  anyelement,
  anynonarray,
  anyType,
  bpchar,
  char,
  name,
  nodeTree,
  record,
  text,
  tid,
  unknown,
  varchar,
  voidType,
} from "./texts.ts";
import { date, time, timestamp, timestamptz } from "./times.ts";
import type { SqlType } from "./type.ts";
import { uuid } from "./uuid.ts";

export { OID } from "./oids.ts";
export type { Present, Raw, SqlType, Storage } from "./type.ts";

const BASE: readonly SqlType[] = [
  bool,
  bytea,
  char,
  name,
  int8,
  int2,
  int4,
  text,
  oid,
  tid,
  xid,
  cid,
  json,
  float4,
  float8,
  unknown,
  aclitem,
  bpchar,
  varchar,
  date,
  time,
  timestamp,
  timestamptz,
  interval,
  numeric,
  uuid,
  jsonb,
  jsonpath,
  nodeTree,
  record,
  ...nameTypes,
];

const VECTORS: readonly SqlType[] = [
  vectorOf(int2, OID.int2vector, 1006, "int2vector"),
  vectorOf(oid, OID.oidvector, 1013, "oidvector"),
];

const PSEUDO: readonly SqlType[] = [voidType, anyType, anyelement, anyarray, anynonarray, anycompatible, anycompatiblearray];

const ARRAYS: readonly SqlType[] = BASE.filter((type) => type.arrayOid !== 0).map(arrayOf);

/** Every type there is, arrays included. */
export const TYPES: readonly SqlType[] = [...BASE, ...VECTORS, ...PSEUDO, ...ARRAYS];

const BY_OID = new Map(TYPES.map((type) => [type.oid, type]));
const BY_NAME = new Map(TYPES.map((type) => [type.name, type]));

/** Names the grammar leaves as they were written, beside pg_type's own. */
const ALIASES: Readonly<Record<string, string>> = {
  datetime: "timestamp",
  double: "float8",
  string: "text",
};

export function typeByOid(typeOid: number): SqlType {
  return BY_OID.get(typeOid) ?? fail("42704", `type with OID ${typeOid} does not exist`);
}

export function findType(typeOid: number): SqlType | undefined {
  return BY_OID.get(typeOid);
}

/** By pg_type.typname (`int4`, `_text`) or one of ChronDB's own spellings (`datetime`, `double`). */
export function typeByName(typeName: string): SqlType | undefined {
  return BY_NAME.get(typeName) ?? BY_NAME.get(ALIASES[typeName] ?? "");
}

/** The array type over a type; undefined when there is none. */
export function arrayTypeOf(element: SqlType): SqlType | undefined {
  return element.arrayOid === 0 ? undefined : BY_OID.get(element.arrayOid);
}

/** A value in the wire's binary form to the text form that `execute` takes. */
export function fromBinary(typeOid: number, bytes: Buffer): string {
  return typeByOid(typeOid).decode(bytes);
}

/** A value's text form to the wire's binary form. */
export function toBinary(typeOid: number, value: string): Buffer {
  return typeByOid(typeOid).encode(value);
}

/** As format_type prints: `numeric(10,2)`, `character varying(5)[]`. */
export function showType(typeOid: number, typmod = -1): string {
  const type = BY_OID.get(typeOid);
  if (type === undefined) return "???";
  const modifier = type.showModifier?.(typmod) ?? "";
  if (modifier === "") return type.display;
  const array = type.elementOid !== 0 && type.display.endsWith("[]");
  const base = array ? type.display.slice(0, -2) : type.display;
  // The modifier stands inside the words: timestamp(3) without time zone.
  const words = /^(time|timestamp)( with.*)$/.exec(base);
  return `${words === null ? base + modifier : `${words[1]}${modifier}${words[2]}`}${array ? "[]" : ""}`;
}
