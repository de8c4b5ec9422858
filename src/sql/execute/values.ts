// Values between their forms: parameters to what SQLite is bound with, results to text, fields to JSON.

import type { SqlText } from "../contract.ts";
import { fail } from "../errors.ts";
import { type Present, type Raw, type SqlType, typeByOid } from "../types/index.ts";
import type { Style } from "../types/style.ts";

/** Parameters in internal form. */
export function readParameters(texts: readonly SqlText[], oids: readonly number[], style: Style): Raw[] {
  if (texts.length !== oids.length) {
    fail("08P01", `bind message supplies ${texts.length} parameters, but prepared statement requires ${oids.length}`);
  }
  return texts.map((text, at) => (text === null ? null : typeByOid(oids[at] ?? 25).input(text, -1, style)));
}

/** As better-sqlite3 must be given it: a JavaScript number would be bound as REAL. */
export function bindable(value: Raw, type: SqlType): Raw {
  return typeof value === "number" && type.storage === "integer" ? BigInt(value) : value;
}

export type ShowRow = (row: readonly Raw[]) => SqlText[];

/** A function that prints rows of the given columns. */
export function rowPrinter(columns: readonly { readonly typeOid: number }[], style: Style): ShowRow {
  const types = columns.map((column) => typeByOid(column.typeOid));
  return (row) =>
    types.map((type, at) => {
      const value = row[at] ?? null;
      return value === null ? null : type.output(value as Present, style);
    });
}

/** JSON text of a value for a document; null becomes JSON's null. */
export function jsonText(value: Raw, typeOid: number, style: Style): string {
  return value === null ? "null" : typeByOid(typeOid).toJson(value, style);
}
