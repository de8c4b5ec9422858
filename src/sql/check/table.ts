// A table's name to what it is: a user table, a system relation, or an error.
import type { RangeVar } from "libpg-query";
import type { TableInfo } from "../../state/store.ts";
import { columnsOf, isVisible } from "../columns.ts";
import { fail } from "../errors.ts";
import type { SystemRelation } from "../relations.ts";
import type { Checker } from "./checker.ts";
import type { SystemSource, TableSource } from "./tree.ts";

/** Schemas that are branches; only `main` exists, which clients know as `public`. */
const MAIN: ReadonlySet<string> = new Set(["public", "main"]);

export type Found =
  | { readonly kind: "table"; readonly table: TableInfo }
  | { readonly kind: "system"; readonly relation: SystemRelation }
  | { readonly kind: "none" };

export function lookUp(range: RangeVar, checker: Checker): Found {
  const name = range.relname ?? "";
  const schema = range.schemaname === "" ? undefined : range.schemaname;
  if (range.catalogname !== undefined && range.catalogname !== checker.around.database) {
    return fail("0A000", `cross-database references are not implemented: "${range.catalogname}.${schema}.${name}"`, {
      at: range.location ?? 0,
    });
  }
  if (schema === undefined || !MAIN.has(schema)) {
    const relation = checker.around.relations.find(schema, name);
    if (relation !== undefined) {
      checker.usesCatalog = true;
      checker.heavy = true;
      return { kind: "system", relation };
    }
    if (schema !== undefined) return { kind: "none" };
  }
  const table = checker.findTable(name);
  return table !== undefined && isVisible(table) ? { kind: "table", table } : { kind: "none" };
}

export function showRange(range: RangeVar): string {
  return range.schemaname ? `${range.schemaname}.${range.relname ?? ""}` : (range.relname ?? "");
}

export function noRelation(range: RangeVar): never {
  return fail("42P01", `relation "${showRange(range)}" does not exist`, { at: range.location ?? 0 });
}

/** The user table a statement changes. */
export function targetTable(range: RangeVar, checker: Checker): TableInfo {
  const found = lookUp(range, checker);
  if (found.kind === "none") return noRelation(range);
  if (found.kind === "system") return readOnly(found.relation);
  return found.table;
}

export function readOnly(relation: SystemRelation): never {
  return fail("42501", `permission denied: "${relation.name}" is a system catalog`, {
    hint: "System catalogues change with the tables they describe and cannot be written to.",
  });
}

export function tableSource(table: TableInfo, name: string, checker: Checker, given: string | null = null): TableSource {
  return { kind: "table", alias: checker.alias("t"), name, table, columns: columnsOf(table), given };
}

export function systemSource(relation: SystemRelation, name: string, checker: Checker): SystemSource {
  return {
    kind: "system",
    alias: checker.alias("s"),
    name,
    relation,
    columns: relation.columns.map(({ name: column, typeOid, typmod = -1, hidden = false }) => ({
      name: column,
      type: typeOid,
      typmod,
      hidden,
    })),
  };
}
