// What printed text calls beside the declared functions: constructs of the grammar that SQLite lacks.
import type { Database } from "better-sqlite3";
import { fail } from "../errors.ts";
import { type Elements, packArray, unpackArray } from "../types/array.ts";
import { sortKey } from "../types/decimal.ts";
import { OID, type Raw, typeByOid } from "../types/index.ts";
import { intervalKey } from "../types/interval-value.ts";
import { jsonbKey, readJson } from "../types/json-tree.ts";
import { isInfinite, microsOf, microsOfTime } from "../types/moment.ts";

/** Whether a comes after b, both of one type and not null. */
function after(type: number, a: Raw, b: Raw): boolean {
  if (type === OID.numeric) return sortKey(String(a)) > sortKey(String(b));
  if (type === OID.interval) return intervalKey(String(a)) > intervalKey(String(b));
  if (type === OID.jsonb) return jsonbKey(readJson(String(a))) > jsonbKey(readJson(String(b)));
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return Buffer.compare(a, b) > 0;
  // The text NaN comes after every number.
  if (typeof a === "string" || typeof b === "string") return typeof a === "string";
  return a !== null && b !== null && a > b;
}

/** Lengths of an array's dimensions. */
function shapeOf(elements: Elements): string {
  const [first] = elements;
  return Array.isArray(first) ? `${elements.length},${shapeOf(first as Elements)}` : String(elements.length);
}

export function registerHelpers(db: Database): void {
  const options = { deterministic: true, varargs: true, safeIntegers: true } as const;
  db.function("pg_extreme", options, (type: bigint, greatest: bigint, ...values: Raw[]) => {
    let best: Raw = null;
    for (const value of values) {
      if (value === null) continue;
      if (best === null || after(Number(type), value, best) === (greatest === 1n)) best = value;
    }
    return best;
  });
  db.function("pg_array", options, (element: bigint, nested: bigint, ...items: Raw[]) => {
    const type = typeByOid(Number(element));
    if (nested === 0n) return packArray(type, items);
    return packArray(
      type,
      items.map((item): Raw | Elements => (item === null ? null : unpackArray(type, String(item)))),
    );
  });
  db.function("pg_array_join", options, (element: bigint, ...parts: Raw[]) => {
    const type = typeByOid(Number(element));
    return packArray(
      type,
      parts.flatMap((part) => [...unpackArray(type, String(part))]),
    );
  });
  db.aggregate("pg_array_of", {
    safeIntegers: true,
    varargs: true,
    start: (): { element: number; items: Raw[] } => ({ element: 0, items: [] }),
    step: ((state: { element: number; items: Raw[] }, element: bigint, item: Raw) => {
      state.element = Number(element);
      state.items.push(item);
      return state;
    }) as (total: unknown, next: unknown) => unknown,
    result: (state: unknown) => {
      const { element, items } = state as { element: number; items: Raw[] };
      return items.length === 0 ? null : packArray(typeByOid(element), items);
    },
  });
  db.aggregate("pg_nested_array", {
    safeIntegers: true,
    varargs: true,
    start: (): { element: number; items: Elements[] } => ({ element: 0, items: [] }),
    step: ((state: { element: number; items: Elements[] }, element: bigint, item: Raw) => {
      if (item === null) fail("22004", "cannot accumulate null arrays");
      const elements = unpackArray(typeByOid(Number(element)), String(item));
      if (elements.length === 0) fail("2202E", "cannot accumulate empty arrays");
      if (state.items.length > 0 && shapeOf(elements) !== shapeOf(state.items[0] ?? []))
        fail("2202E", "cannot accumulate arrays of different dimensionality");
      state.element = Number(element);
      state.items.push(elements);
      return state;
    }) as (total: unknown, next: unknown) => unknown,
    result: (state: unknown) => {
      const { element, items } = state as { element: number; items: Elements[] };
      return items.length === 0 ? null : packArray(typeByOid(element), items);
    },
  });
  // A point in time as a number, for frames that measure distances.
  db.function("pg_micros", { deterministic: true }, (moment: Raw) => {
    if (moment === null) return null;
    const text = String(moment);
    if (isInfinite(text)) return text < "5" ? -(2n ** 62n) : 2n ** 62n;
    if (/^\d\d:/.test(text)) return BigInt(microsOfTime(text));
    return microsOf(text.length === 10 ? `${text}T00:00:00.000000` : text);
  });
  // A string that is not UTF-8 (only Redis can store one), as the text doors show it.
  db.function("pg_string_body", { deterministic: true }, (body: Raw) =>
    Buffer.isBuffer(body) ? `{"$base64":"${body.toString("base64")}"}` : body,
  );
}
