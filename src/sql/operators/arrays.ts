// || @> <@ && on arrays.
import { fail } from "../errors.ts";
import type { CallTypes, SqlFunction } from "../functions/define.ts";
import { dimensionsOf, type Elements, packArray, unpackArray } from "../types/array.ts";
import { sortKey } from "../types/decimal.ts";
import { OID, type Raw, type SqlType, typeByOid } from "../types/index.ts";
import { computed } from "./define.ts";

const { anyarray, anyelement } = OID;

/** The element type of an array argument, from the types passed first. */
export function elementOf(types: Raw, index: number): SqlType {
  const { args, returns } = JSON.parse(String(types)) as CallTypes;
  const array = typeByOid(index < 0 ? returns : (args[index] ?? returns));
  return typeByOid(array.elementOid);
}

export const keyOfElement = (element: SqlType, value: Raw | Elements): string => {
  if (Array.isArray(value)) return JSON.stringify((value as Elements).map((item) => keyOfElement(element, item)));
  if (value === null) return "";
  return element.name === "numeric" ? sortKey(String(value)) : Buffer.isBuffer(value) ? value.toString("hex") : String(value);
};

const flat = (items: Elements): Raw[] => items.flatMap((item) => (Array.isArray(item) ? flat(item as Elements) : [item as Raw]));

function concatenate(element: SqlType, a: Elements, b: Elements): string {
  if (a.length === 0) return packArray(element, b);
  if (b.length === 0) return packArray(element, a);
  const [x, y] = [dimensionsOf(a).length, dimensionsOf(b).length];
  if (x === y) return packArray(element, [...a, ...b]);
  if (x === y + 1) return packArray(element, [...a, b]);
  if (y === x + 1) return packArray(element, [a, ...b]);
  return fail("2202E", "cannot concatenate incompatible arrays");
}

const typed = { typed: true } as const;

/** NULL arrays stand for empty ones in ||. */
const lenient = { typed: true, strict: false } as const;

export const arrayOperators: readonly SqlFunction[] = [
  computed(
    "||",
    [anyarray, anyarray],
    anyarray,
    (types, a, b) => {
      const element = elementOf(types ?? "", 0);
      if (a === null || b === null) return a ?? b ?? null;
      return concatenate(element, unpackArray(element, String(a)), unpackArray(element, String(b)));
    },
    lenient,
  ),
  computed(
    "||",
    [anyarray, anyelement],
    anyarray,
    (types, a, b) => {
      const element = elementOf(types ?? "", 0);
      return packArray(element, [...(a === null ? [] : unpackArray(element, String(a))), b ?? null]);
    },
    lenient,
  ),
  computed(
    "||",
    [anyelement, anyarray],
    anyarray,
    (types, a, b) => {
      const element = elementOf(types ?? "", 1);
      return packArray(element, [a ?? null, ...(b === null ? [] : unpackArray(element, String(b)))]);
    },
    lenient,
  ),
  ...(["@>", "<@", "&&"] as const).map((name) =>
    computed(
      name,
      [anyarray, anyarray],
      OID.bool,
      (types, a, b) => {
        const element = elementOf(types ?? "", 0);
        const keys = (raw: Raw | undefined): (string | null)[] =>
          flat(unpackArray(element, String(raw))).map((value) => (value === null ? null : keyOfElement(element, value)));
        const [left, right] = name === "<@" ? [keys(b), keys(a)] : [keys(a), keys(b)];
        const known = new Set(left.filter((key) => key !== null));
        const found = (key: string | null): boolean => key !== null && known.has(key);
        return (name === "&&" ? right.some(found) : right.every(found)) ? 1 : 0;
      },
      typed,
    ),
  ),
];
