// Functions on arrays, and the series generators.
import { fail } from "../../errors.ts";
import { elementOf, keyOfElement } from "../../operators/arrays.ts";
import { dimensionsOf, type Elements, packArray, unpackArray } from "../../types/array.ts";
import { add, compare, parseDecimal, printDecimal, toDecimal } from "../../types/decimal.ts";
import { OID, type Present, type Raw, type SqlType, typeByOid } from "../../types/index.ts";
import { intervalKey } from "../../types/interval-value.ts";
import { style } from "../context.ts";
import type { CallTypes, SqlFunction } from "../define.ts";
import { anyarray, anyelement, int4, int8, interval, js, numeric, text, texts, timestamp, timestamptz } from "../short.ts";
import { addToMoment } from "../times/arithmetic.ts";

const flat = (items: Elements): Raw[] => items.flatMap((item) => (Array.isArray(item) ? flat(item as Elements) : [item as Raw]));
const unpack = (element: SqlType, raw: Raw | undefined): Elements => unpackArray(element, String(raw));
const typed = { typed: true } as const;
const lenient = { typed: true, strict: false } as const;
const sameElement =
  (element: SqlType) =>
  (a: Raw | Elements, b: Raw): boolean =>
    a === null || b === null ? a === b : keyOfElement(element, a) === keyOfElement(element, b);

/** The value to hand back for a leaf. Integers leave as bigint, so that SQLite keeps them integers. */
function leave(element: SqlType, value: Raw | Elements | undefined): Raw {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return packArray(element, value as Elements);
  return element.storage === "integer" ? BigInt(value as number | bigint) : (value as Raw);
}

function toText(element: SqlType, raw: Raw | undefined, separator: string, forNull: string | null): string {
  return flat(unpack(element, raw))
    .flatMap((value) => (value === null ? (forNull === null ? [] : [forNull]) : [element.output(value as Present, style())]))
    .join(separator);
}

const textType = typeByOid(OID.text);
const elementType = (types: CallTypes): SqlType => typeByOid(typeByOid(types.args[0] ?? 0).elementOid);

function* series(from: bigint, to: bigint, step: bigint): Iterable<Raw[]> {
  if (step === 0n) fail("22023", "step size cannot equal zero");
  for (let value = from; step > 0n ? value <= to : value >= to; value += step) yield [value];
}

export const arrayFunctions: readonly SqlFunction[] = [
  js(
    "array_subscript",
    [anyarray, int4],
    anyelement,
    (types, raw, index) => {
      const element = elementOf(types ?? "", 0);
      const items = unpack(element, raw);
      // Vectors of the catalogue count from 0.
      const array = typeByOid((JSON.parse(String(types)) as CallTypes).args[0] ?? 0);
      const value = items[Number(index) - (array.name.endsWith("vector") ? 0 : 1)];
      return Array.isArray(value) ? null : leave(element, value);
    },
    typed,
  ),
  js(
    "array_slice",
    [anyarray, int4, int4],
    anyarray,
    (types, raw, from, to) => {
      const element = elementOf(types ?? "", 0);
      return packArray(element, unpack(element, raw).slice(Math.max(0, Number(from) - 1), Math.max(0, Number(to))));
    },
    typed,
  ),
  ...(["array_length", "array_upper"] as const).map((name) =>
    js(
      name,
      [anyarray, int4],
      int4,
      (types, raw, dimension) => {
        const array = typeByOid((JSON.parse(String(types)) as CallTypes).args[0] ?? 0);
        const size = dimensionsOf(unpack(elementOf(types ?? "", 0), raw))[Number(dimension) - 1];
        return size === undefined ? null : name === "array_upper" && array.name.endsWith("vector") ? size - 1 : size;
      },
      typed,
    ),
  ),
  js(
    "array_lower",
    [anyarray, int4],
    int4,
    (types, raw, dimension) => {
      const array = typeByOid((JSON.parse(String(types)) as CallTypes).args[0] ?? 0);
      return dimensionsOf(unpack(elementOf(types ?? "", 0), raw))[Number(dimension) - 1] === undefined
        ? null
        : array.name.endsWith("vector")
          ? 0
          : 1;
    },
    typed,
  ),
  js("array_ndims", [anyarray], int4, (types, raw) => dimensionsOf(unpack(elementOf(types ?? "", 0), raw)).length || null, typed),
  js(
    "array_dims",
    [anyarray],
    text,
    (types, raw) =>
      dimensionsOf(unpack(elementOf(types ?? "", 0), raw))
        .map((size) => `[1:${size}]`)
        .join("") || null,
    typed,
  ),
  js("cardinality", [anyarray], int4, (types, raw) => flat(unpack(elementOf(types ?? "", 0), raw)).length, typed),
  js(
    "array_append",
    [anyarray, anyelement],
    anyarray,
    (types, raw, value) => {
      const element = elementOf(types ?? "", 0);
      return packArray(element, [...(raw === null ? [] : unpack(element, raw)), value ?? null]);
    },
    lenient,
  ),
  js(
    "array_prepend",
    [anyelement, anyarray],
    anyarray,
    (types, value, raw) => {
      const element = elementOf(types ?? "", 1);
      return packArray(element, [value ?? null, ...(raw === null ? [] : unpack(element, raw))]);
    },
    lenient,
  ),
  js(
    "array_cat",
    [anyarray, anyarray],
    anyarray,
    (types, a, b) => {
      const element = elementOf(types ?? "", 0);
      if (a === null || b === null) return a ?? b ?? null;
      return packArray(element, [...unpack(element, a), ...unpack(element, b)]);
    },
    lenient,
  ),
  js(
    "array_remove",
    [anyarray, anyelement],
    anyarray,
    (types, raw, value) => {
      if (raw === null) return null;
      const element = elementOf(types ?? "", 0);
      return packArray(
        element,
        unpack(element, raw).filter((item) => !sameElement(element)(item, value ?? null)),
      );
    },
    lenient,
  ),
  js(
    "array_replace",
    [anyarray, anyelement, anyelement],
    anyarray,
    (types, raw, from, to) => {
      if (raw === null) return null;
      const element = elementOf(types ?? "", 0);
      return packArray(
        element,
        unpack(element, raw).map((item) => (sameElement(element)(item, from ?? null) ? (to ?? null) : item)),
      );
    },
    lenient,
  ),
  js(
    "array_position",
    [anyarray, anyelement],
    int4,
    (types, raw, value) => {
      if (raw === null) return null;
      const element = elementOf(types ?? "", 0);
      const at = unpack(element, raw).findIndex((item) => sameElement(element)(item, value ?? null));
      return at < 0 ? null : at + 1;
    },
    lenient,
  ),
  js(
    "array_positions",
    [anyarray, anyelement],
    1007,
    (types, raw, value) => {
      if (raw === null) return null;
      const element = elementOf(types ?? "", 0);
      const found = unpack(element, raw).flatMap((item, at) => (sameElement(element)(item, value ?? null) ? [at + 1] : []));
      return packArray(typeByOid(OID.int4), found);
    },
    lenient,
  ),
  js(
    "array_to_string",
    [anyarray, text, text],
    text,
    (types, raw, separator, forNull) => {
      if (raw === null || separator === null) return null;
      return toText(
        elementOf(types ?? "", 0),
        raw,
        String(separator),
        forNull === undefined || forNull === null ? null : String(forNull),
      );
    },
    { ...lenient, optional: 1, volatility: "stable" },
  ),
  js(
    "string_to_array",
    [text, text, text],
    texts,
    (value, separator, forNull) => {
      if (value === null) return null;
      const parts =
        value === ""
          ? []
          : separator === null
            ? [...String(value)]
            : separator === ""
              ? [String(value)]
              : String(value).split(String(separator));
      return packArray(
        textType,
        parts.map((part) => (forNull !== undefined && forNull !== null && part === forNull ? null : part)),
      );
    },
    { strict: false, optional: 1 },
  ),
  js(
    "array_fill",
    [anyelement, 1007],
    anyarray,
    (types, value, sizes) => {
      const element = elementOf(types ?? "", -1);
      const fill = ([size, ...rest]: number[]): Elements =>
        Array.from({ length: size ?? 0 }, () => (rest.length === 0 ? (value ?? null) : fill(rest)));
      const wanted = flat(unpack(typeByOid(OID.int4), sizes)).map(Number);
      if (wanted.reduce((product, size) => product * size, 1) > 1_000_000)
        fail("54000", "array size exceeds the maximum allowed (1000000)");
      return packArray(element, fill(wanted));
    },
    lenient,
  ),
  {
    name: "unnest",
    args: [anyarray],
    returns: anyelement,
    volatility: "immutable",
    kind: "table",
    *rows([raw], types) {
      const element = elementType(types);
      for (const item of flat(unpack(element, raw))) yield [leave(element, item)];
    },
  },
  {
    name: "generate_subscripts",
    args: [anyarray, int4],
    returns: int4,
    volatility: "immutable",
    kind: "table",
    *rows([raw, dimension], types) {
      const size = dimensionsOf(unpack(elementType(types), raw))[Number(dimension) - 1] ?? 0;
      const first = typeByOid(types.args[0] ?? 0).name.endsWith("vector") ? 0 : 1;
      for (let at = 0; at < size; at++) yield [BigInt(at + first)];
    },
  },
  {
    // (x, n): the elements with their positions, for the catalogue queries of JDBC.
    name: "_pg_expandarray",
    args: [anyarray],
    returns: OID.record,
    volatility: "immutable",
    kind: "table",
    columns: [
      { name: "x", typeOid: OID.int2 },
      { name: "n", typeOid: int4 },
    ],
    *rows([raw], types) {
      let at = 0n;
      const element = elementType(types);
      for (const item of flat(unpack(element, raw))) yield [leave(element, item), ++at];
    },
  },
  ...[int4, int8].map(
    (type): SqlFunction => ({
      name: "generate_series",
      args: [type, type, type],
      optional: 1,
      returns: type,
      volatility: "immutable",
      kind: "table",
      big: true,
      rows: ([from, to, step]) =>
        series(BigInt(from as bigint), BigInt(to as bigint), step === undefined ? 1n : BigInt(step as bigint)),
    }),
  ),
  {
    name: "generate_series",
    args: [numeric, numeric, numeric],
    optional: 1,
    returns: numeric,
    volatility: "immutable",
    kind: "table",
    *rows([from, to, given]) {
      const step = parseDecimal(String(given ?? "1")) ?? toDecimal("1");
      const end = toDecimal(String(to));
      for (const [what, value] of Object.entries({
        "start value": toDecimal(String(from)),
        "stop value": end,
        "step size": step,
      })) {
        if (value.special !== null) {
          fail("22023", `${what} cannot be ${value.special === "NaN" ? "NaN" : "infinity"}`);
        }
      }
      if (step.digits === 0n) fail("22023", "step size cannot equal zero");
      for (
        let value = toDecimal(String(from));
        step.digits > 0n ? compare(value, end) <= 0 : compare(value, end) >= 0;
        value = add(value, step)
      ) {
        yield [printDecimal(value)];
      }
    },
  },
  ...[timestamp, timestamptz].map(
    (type): SqlFunction => ({
      name: "generate_series",
      args: [type, type, interval],
      returns: type,
      volatility: type === timestamptz ? "stable" : "immutable",
      kind: "table",
      *rows([from, to, step]) {
        const zero = intervalKey("0 0 0");
        const key = intervalKey(String(step));
        if (key === zero) fail("22023", "step size cannot equal zero");
        const end = String(to);
        for (
          let value = String(from);
          key > zero ? value <= end : value >= end;
          value = addToMoment(value, String(step), type === timestamptz)
        )
          yield [value];
      },
    }),
  ),
];
