// What the types' `key` and `member` texts call inside SQLite.
import type { Database } from "better-sqlite3";
import { style } from "../functions/context.ts";
import { type Elements, packArray, unpackArray } from "./array.ts";
import { sortKey } from "./decimal.ts";
import { TYPES, typeByOid } from "./index.ts";
import { parseInterval } from "./interval-reader.ts";
import { intervalKey, packInterval } from "./interval-value.ts";
import { jsonbKey, readJson } from "./json-tree.ts";
import type { Present, Raw, SqlType } from "./type.ts";

const whole = (run: (raw: Present) => Raw) => (raw: Raw) => (raw === null ? null : run(raw));

/** A float of a document: a JSON number, or one of the words JSON has no number for. */
function floatMember(raw: Present): Raw {
  return typeof raw === "number" ? raw : typeByOid(701).input(String(raw), -1, style());
}

function arrayKey(element: SqlType, raw: Present): Raw {
  const walk = (items: Elements): unknown =>
    items.map((item) => {
      if (Array.isArray(item)) return walk(item as Elements);
      const value = item as Raw;
      if (value === null) return null;
      if (element.name === "numeric") return sortKey(String(value));
      if (element.name === "interval") return intervalKey(String(value));
      if (element.name === "jsonb") return jsonbKey(readJson(String(value)));
      return Buffer.isBuffer(value) ? value.toString("hex") : String(value);
    });
  return JSON.stringify(walk(unpackArray(element, String(raw))));
}

export function registerTypes(db: Database): void {
  const register = (name: string, run: (raw: Present) => Raw): void => {
    db.function(name, { deterministic: true }, whole(run));
  };
  register("numeric_key", (raw) => sortKey(String(raw)));
  register("interval_key", (raw) => intervalKey(String(raw)));
  register("interval_member", (raw) => packInterval(parseInterval(String(raw))));
  register("jsonb_key", (raw) => jsonbKey(readJson(String(raw))));
  register("float8_member", floatMember);
  register("float4_member", (raw) => {
    const value = floatMember(raw);
    return typeof value === "number" ? Math.fround(value) : value;
  });
  register("bytea_member", (raw) => typeByOid(17).input(String(raw), -1, style()));
  for (const type of TYPES) {
    if (type.category !== "A" || type.elementOid === 0) continue;
    const element = typeByOid(type.elementOid);
    if (type.key !== null) register(`array_key_${element.oid}`, (raw) => arrayKey(element, raw));
    register(`array_member_${element.oid}`, (raw) => packArray(element, unpackMember(element, String(raw))));
  }
}

/** The elements of a JSON array of a document, from their document forms. */
function unpackMember(element: SqlType, json: string): Elements {
  return unpackArray(element, String(typeByOid(element.arrayOid).fromJson(json, style())));
}
