// Values of a result as JSON: numbers as they are written, booleans, nested JSON, arrays; everything else PostgreSQL's text.
import type { SqlColumn, SqlText } from "../../../sql/contract.ts";
import { type Elements, readArrayText } from "../../../sql/types/array.ts";
import { findType, OID, showType, typeByOid } from "../../../sql/types/index.ts";
import { PLAIN_STYLE } from "../../../sql/types/style.ts";

const NUMBERS: ReadonlySet<number> = new Set([OID.int2, OID.int4, OID.int8, OID.oid, OID.float4, OID.float8, OID.numeric]);
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

type Convert = (value: string) => string;

const bool: Convert = (value) => (value === "t" ? "true" : "false");
// NaN and Infinity are no JSON numbers.
const number: Convert = (value) => (JSON_NUMBER.test(value) ? value : JSON.stringify(value));
// Line ends stand only between tokens of JSON, where any white space will do.
const nested: Convert = (value) => (/[\r\n]/.test(value) ? value.replace(/[\r\n]/g, " ") : value);
const text: Convert = (value) => JSON.stringify(value);

function converter(typeOid: number): Convert {
  if (typeOid === OID.bool) return bool;
  if (NUMBERS.has(typeOid)) return number;
  if (typeOid === OID.json || typeOid === OID.jsonb) return nested;
  const type = findType(typeOid);
  if (type === undefined || type.elementOid === 0) return text;
  const element = converter(type.elementOid);
  return (value) => arrayJson(value, element);
}

const LEAF = typeByOid(OID.text);

/** `{1,{2}}` as `[1,[2]]`; vectors (`1 2`), which have no braces, stay text. */
function arrayJson(value: string, element: Convert): string {
  if (!value.startsWith("{")) return JSON.stringify(value);
  const list = (elements: Elements): string => {
    const parts = elements.map((item) => {
      if (Array.isArray(item)) return list(item as Elements);
      return item === null ? "null" : element(String(item));
    });
    return `[${parts.join(",")}]`;
  };
  return list(readArrayText(LEAF, value, PLAIN_STYLE));
}

/** `text`: an array of PostgreSQL's text forms, for programs that print. */
export type RowForm = "objects" | "arrays" | "text";
export const ROW_FORMS: readonly RowForm[] = ["objects", "arrays", "text"];

/** Turns rows of these columns into JSON texts. */
export function rowWriter(columns: readonly SqlColumn[], form: RowForm): (row: readonly SqlText[]) => string {
  if (form === "text") return (row) => JSON.stringify(row);
  const converts = columns.map(({ typeOid }) => converter(typeOid));
  const cell = (value: SqlText, at: number): string => (value === null ? "null" : (converts[at] ?? text)(value));
  if (form === "arrays") return (row) => `[${row.map(cell).join(",")}]`;
  const keys = columns.map(({ name }) => JSON.stringify(name));
  return (row) => `{${row.map((value, at) => `${keys[at]}:${cell(value, at)}`).join(",")}}`;
}

/** The columns as an answer describes them. */
export function columnsJson(columns: readonly SqlColumn[]): string {
  return JSON.stringify(columns.map(({ name, typeOid, typmod }) => ({ name, type: showType(typeOid, typmod), oid: typeOid })));
}
