// Casts between types: pg_cast's rows for the types we have, and how each runs. Casts through text (anything to text, text to
// anything) need no row.
import type { Database } from "better-sqlite3";
import { SqlError } from "./contract.ts";
import { fail } from "./errors.ts";
import { style } from "./functions/context.ts";
import { toNumericText } from "./functions/numbers/convert.ts";
import { type Elements, packArray, unpackArray } from "./types/array.ts";
import { DAY_MICROS } from "./types/calendar.ts";
import { printDecimal, rescale, toDecimal } from "./types/decimal.ts";
import { readFloat } from "./types/floats.ts";
import { findType, OID, type Present, type Raw, type SqlType, typeByOid } from "./types/index.ts";
import { packInterval, unpackInterval } from "./types/interval-value.ts";
import { printJsonb, readJson } from "./types/json-tree.ts";
import {
  dateLength,
  daysOfText,
  instantText,
  isInfinite,
  microsOf,
  microsOfTime,
  momentText,
  timeText,
  toInstant,
  toLocal,
} from "./types/moment.ts";
import { storedStyle } from "./types/style.ts";

export type CastContext = "implicit" | "assignment" | "explicit";

export interface Cast {
  readonly context: CastContext;
  /** SQLite text of the cast of printed text. */
  readonly print: (sql: string) => string;
  /** True when nothing happens to the value. */
  readonly free: boolean;
}

const TABLE = new Map<string, Cast>();
const keyOf = (from: number, to: number): string => `${from}>${to}`;

function add(from: number, to: number, castContext: CastContext, print?: (sql: string) => string): void {
  TABLE.set(keyOf(from, to), { context: castContext, print: print ?? ((sql) => sql), free: print === undefined });
}

const native = (name: string) => (sql: string) => `${name}(${sql})`;
const asInteger = (name: string) => (sql: string) => `CAST(${name}(${sql}) AS INTEGER)`;

const { bool, int2, int4, int8, oid, float4, float8, numeric, text, varchar, bpchar, name, char } = OID;

// Integers widen freely and narrow with a check.
add(int2, int4, "implicit");
add(int2, int8, "implicit");
add(int4, int8, "implicit");
add(int4, int2, "assignment", asInteger("int2_check"));
add(int8, int2, "assignment", asInteger("int2_check"));
add(int8, int4, "assignment", asInteger("int4_check"));
for (const from of [int2, int4, int8]) {
  add(from, numeric, "implicit", (sql) => `CAST(${sql} AS TEXT)`);
  add(from, float8, "implicit", (sql) => `CAST(${sql} AS REAL)`);
  add(from, float4, "implicit", (sql) => `float4_round(CAST(${sql} AS REAL))`);
  add(numeric, from, "assignment", (sql) => `numeric_to_integer(${sql}, ${from})`);
  add(float8, from, "assignment", (sql) => `float_to_integer(${sql}, ${from})`);
  add(float4, from, "assignment", (sql) => `float_to_integer(${sql}, ${from})`);
}
add(int4, bool, "explicit", (sql) => `(${sql} <> 0)`);
add(bool, int4, "explicit");
add(float4, float8, "implicit");
add(float8, float4, "assignment", native("float4_round"));
add(numeric, float8, "implicit", native("numeric_to_float8"));
add(numeric, float4, "implicit", (sql) => `float4_round(numeric_to_float8(${sql}))`);
add(float8, numeric, "assignment", (sql) => `float_to_numeric(${sql}, 15)`);
add(float4, numeric, "assignment", (sql) => `float_to_numeric(${sql}, 6)`);

// OIDs and their named forms.
const NAMED = [
  OID.regproc,
  OID.regprocedure,
  OID.regoper,
  OID.regoperator,
  OID.regclass,
  OID.regtype,
  OID.regnamespace,
  OID.regrole,
];
for (const to of [oid, ...NAMED]) {
  add(int2, to, "implicit");
  add(int4, to, "implicit");
  add(int8, to, "implicit", asInteger("oid_check"));
  add(to, int8, "assignment");
  add(to, int4, "assignment");
}
for (const named of NAMED) {
  add(oid, named, "implicit");
  add(named, oid, "implicit");
}
add(text, OID.regclass, "implicit", (sql) => inputText(OID.regclass, sql));
add(varchar, OID.regclass, "implicit", (sql) => inputText(OID.regclass, sql));
add(OID.regproc, OID.regprocedure, "implicit");
add(OID.regprocedure, OID.regproc, "implicit");
add(OID.int2vector, 1005, "implicit");
add(OID.oidvector, 1028, "implicit");

// Text in its several kinds.
for (const to of [text, varchar]) {
  add(bpchar, to, "implicit", (sql) => `rtrim(${sql}, ' ')`);
  add(char, to, to === text ? "implicit" : "assignment");
  add(name, to, to === text ? "implicit" : "assignment");
  add(to, bpchar, "implicit");
  add(to, name, "implicit", (sql) => `name_cut(${sql})`);
  add(to, char, "assignment", (sql) => `substr(${sql}, 1, 1)`);
}
add(text, varchar, "implicit");
add(varchar, text, "implicit");
add(bpchar, name, "implicit", (sql) => `name_cut(rtrim(${sql}, ' '))`);
add(name, bpchar, "assignment");
add(char, bpchar, "assignment");
add(char, int4, "explicit", native("unicode"));
add(int4, char, "explicit", native("char"));
add(OID.pg_node_tree, text, "implicit");

// Points in time.
const { date, time, timestamp, timestamptz, interval } = OID;
add(date, timestamp, "implicit", native("date_to_timestamp"));
add(date, timestamptz, "implicit", (sql) => `timestamp_to_instant(date_to_timestamp(${sql}))`);
add(timestamp, date, "assignment", native("timestamp_to_date"));
add(timestamp, time, "assignment", native("timestamp_to_time"));
add(timestamp, timestamptz, "implicit", native("timestamp_to_instant"));
add(timestamptz, timestamp, "assignment", native("instant_to_timestamp"));
add(timestamptz, date, "assignment", (sql) => `timestamp_to_date(instant_to_timestamp(${sql}))`);
add(timestamptz, time, "assignment", (sql) => `timestamp_to_time(instant_to_timestamp(${sql}))`);
add(time, interval, "implicit", native("time_to_interval"));
add(interval, time, "assignment", native("interval_to_time"));

// JSON.
const { json, jsonb } = OID;
add(json, jsonb, "assignment", native("json_to_jsonb"));
add(jsonb, json, "assignment", native("json_to_jsonb"));
for (const to of [bool, int2, int4, int8, float4, float8, numeric])
  add(jsonb, to, "explicit", (sql) => `jsonb_to_scalar(${sql}, ${to})`);

/** SQLite text that prints a value of a type as PostgreSQL's text (t and f for booleans). */
export function outputText(type: SqlType, sql: string): string {
  if (type.storage === "integer" && type.category === "N" && type.name.startsWith("int")) return `CAST(${sql} AS TEXT)`;
  if (type.oid === oid || type.oid === OID.xid || type.oid === OID.cid) return `CAST(${sql} AS TEXT)`;
  if (type.category === "S" || type.oid === OID.uuid || type.oid === char || type.oid === OID.unknown) return sql;
  if (type.oid === OID.json) return sql;
  return `pg_out(${sql}, ${type.oid})`;
}

/** The same as ids are written: no setting of the session changes it, but the zone. */
export function keyText(type: SqlType, sql: string): string {
  const shown = outputText(type, sql);
  return shown.startsWith("pg_out(") ? `pg_key(${sql}, ${type.oid})` : shown;
}

/** SQLite text that reads text as a value of a type. */
export function inputText(typeOid: number, sql: string, typmod = -1): string {
  const type = typeByOid(typeOid);
  const call = `pg_in(${sql}, ${typeOid}, ${typmod})`;
  return type.storage === "integer" ? `CAST(${call} AS INTEGER)` : call;
}

const isText = (type: SqlType): boolean => type.category === "S" && type.oid !== name;

/** How to get from one type to another; undefined when there is no cast. */
export function findCast(from: number, to: number): Cast | undefined {
  if (from === to) return { context: "implicit", print: (sql) => sql, free: true };
  const known = TABLE.get(keyOf(from, to));
  if (known !== undefined) return known;
  const source = findType(from);
  const target = findType(to);
  if (source === undefined || target === undefined || source.category === "P" || target.category === "P") return undefined;
  if (source.elementOid !== 0 && target.elementOid !== 0 && source.category === "A" && target.name.startsWith("_")) {
    const element = findCast(source.elementOid, target.elementOid);
    if (element === undefined) return undefined;
    return element.free
      ? element
      : {
          context: element.context,
          print: (sql) => `array_cast(${sql}, ${source.elementOid}, ${target.elementOid})`,
          free: false,
        };
  }
  if (isText(target) || target.oid === name) {
    const print = (sql: string): string =>
      source.oid === bool ? `CASE ${sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END` : outputText(source, sql);
    return { context: "assignment", print, free: false };
  }
  if (isText(source) || source.oid === OID.unknown)
    return { context: "explicit", print: (sql) => inputText(to, sql), free: false };
  return undefined;
}

function integerRange(value: bigint, typeOid: number): bigint {
  const bits = typeOid === int2 ? 16 : typeOid === int4 ? 32 : 64;
  if (BigInt.asIntN(bits, value) !== value) fail("22003", `${typeByOid(typeOid).display} out of range`);
  return value;
}

/** Rounds half to even, as C's rint does. */
function rint(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1;
}

function jsonbToScalar(raw: string, to: number): Raw {
  const tree = readJson(raw);
  const target = typeByOid(to);
  const names = { null: "null", boolean: "boolean", number: "numeric", string: "string", array: "array", object: "object" };
  if (to === bool && tree.kind === "boolean") return tree.value ? 1n : 0n;
  if (to !== bool && tree.kind === "number") {
    if (target.storage === "integer") return integerRange(BigInt(printDecimal(rescale(toDecimal(tree.text), 0))), to);
    return target.storage === "text" ? printDecimal(toDecimal(tree.text)) : Number(tree.text);
  }
  return fail("22023", `cannot cast jsonb ${names[tree.kind]} to type ${target.display}`);
}

function castElements(raw: string, from: number, to: number): string {
  const source = typeByOid(from);
  const target = typeByOid(to);
  const walk = (items: Elements): Elements =>
    items.map((item) =>
      Array.isArray(item)
        ? walk(item as Elements)
        : item === null
          ? null
          : target.input(source.output(item as Present, style()), -1, style()),
    );
  return packArray(target, walk(unpackArray(source, raw)));
}

const checkSmall = (low: number, high: number, what: string) => (raw: Raw) => {
  const value = Number(raw);
  return raw === null || (value >= low && value <= high) ? raw : fail("22003", `${what} out of range`);
};

type Implementation = (...args: Raw[]) => Raw;
const whole =
  (run: (raw: Present, ...rest: Raw[]) => Raw): Implementation =>
  (raw, ...rest) =>
    raw === null || raw === undefined ? null : run(raw, ...rest);

/** What the casts above call. */
const IMPLEMENTATIONS: Readonly<Record<string, Implementation>> = {
  int2_check: checkSmall(-32_768, 32_767, "smallint"),
  int4_check: checkSmall(-2_147_483_648, 2_147_483_647, "integer"),
  oid_check: checkSmall(0, 4_294_967_295, "OID"),
  float4_round: whole((raw) => {
    if (raw === "NaN") return raw;
    const rounded = Math.fround(Number(raw));
    return Number.isFinite(rounded) || !Number.isFinite(Number(raw)) ? rounded : fail("22003", "value out of range: overflow");
  }),
  numeric_to_integer: whole((raw, to) => {
    const value = toDecimal(String(raw));
    if (value.special !== null)
      return fail("0A000", `cannot convert ${value.special === "NaN" ? "NaN" : "infinity"} to ${typeByOid(Number(to)).display}`);
    return integerRange(rescale(value, 0).digits, Number(to));
  }),
  float_to_integer: whole((raw, to) => {
    const value = rint(readFloat(raw));
    if (!Number.isFinite(value)) return fail("22003", `${typeByOid(Number(to)).display} out of range`);
    return integerRange(BigInt(value), Number(to));
  }),
  numeric_to_float8: whole((raw) => {
    const text = String(raw);
    if (text === "NaN") return "NaN";
    const value = Number(text);
    return Number.isFinite(value) || /Inf/.test(text)
      ? value
      : fail("22003", `"${text}" is out of range for type double precision`);
  }),
  float_to_numeric: whole((raw, digits) => toNumericText(readFloat(raw), Number(digits))),
  date_to_timestamp: whole((raw) => {
    const text = String(raw);
    if (isInfinite(text)) return text;
    try {
      return momentText(BigInt(daysOfText(text)) * DAY_MICROS);
    } catch (thrown) {
      if (thrown instanceof SqlError) return fail("22008", "date out of range for timestamp");
      throw thrown;
    }
  }),
  timestamp_to_date: whole((raw) => (isInfinite(String(raw)) ? raw : String(raw).slice(0, dateLength(String(raw))))),
  timestamp_to_time: whole((raw) => (isInfinite(String(raw)) ? null : String(raw).slice(dateLength(String(raw)) + 1))),
  timestamp_to_instant: whole((raw) =>
    isInfinite(String(raw)) ? raw : instantText(toInstant(microsOf(String(raw)), style().timeZone)),
  ),
  instant_to_timestamp: whole((raw) =>
    isInfinite(String(raw)) ? raw : momentText(toLocal(microsOf(String(raw)), style().timeZone)),
  ),
  time_to_interval: whole((raw) => packInterval({ months: 0, days: 0, micros: BigInt(microsOfTime(String(raw))) })),
  interval_to_time: whole((raw) => {
    const rest = unpackInterval(String(raw)).micros % DAY_MICROS;
    return timeText(Number(rest < 0n ? rest + DAY_MICROS : rest));
  }),
  json_to_jsonb: whole((raw) => printJsonb(readJson(String(raw)))),
  jsonb_to_scalar: whole((raw, to) => jsonbToScalar(String(raw), Number(to))),
  array_cast: whole((raw, from, to) => castElements(String(raw), Number(from), Number(to))),
  name_cut: whole((raw) => typeByOid(name).input(String(raw), -1, style())),
  pg_out: whole((raw, typeOid) => typeByOid(Number(typeOid)).output(raw, style())),
  pg_key: whole((raw, typeOid) => typeByOid(Number(typeOid)).output(raw, storedStyle(style()))),
  pg_in: whole((raw, typeOid, typmod) => {
    const value = typeByOid(Number(typeOid)).input(String(raw), Number(typmod), style());
    return value;
  }),
  pg_modify: whole((raw, typeOid, typmod, explicit) => {
    const { modify } = typeByOid(Number(typeOid));
    return modify === null ? raw : modify(raw, Number(typmod), Number(explicit) !== 0);
  }),
};

export function registerCasts(db: Database): void {
  for (const [castName, run] of Object.entries(IMPLEMENTATIONS)) {
    db.function(castName, { deterministic: true, varargs: true }, run);
  }
  // A 64-bit overflow turns to REAL inside SQLite; anything else stays the integer it is.
  db.function("int8_result", { deterministic: true, safeIntegers: true }, (raw: Raw) =>
    typeof raw === "number" ? fail("22003", "bigint out of range") : raw,
  );
}

/** JavaScript form of an implementation, for values computed without SQLite. */
export function castImplementation(castName: string): Implementation | undefined {
  return IMPLEMENTATIONS[castName];
}
