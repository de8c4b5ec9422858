// chrondb_history, chrondb_at, chrondb_diff and chrondb_restore: functions of FROM that ask the tenant's history and so must be
// waited for. Their rows are made first and handed to the engine as JSON.

import { isoMicros } from "../../base/clock.ts";
import { documentText } from "../../base/document.ts";
import { ChronError } from "../../base/errors.ts";
import { memberText, parseObject } from "../../base/json.ts";
import { diffDocuments } from "../../core/commands/diff.ts";
import { restoreVersion } from "../../core/commands/restore.ts";
import type { FetchedFunction, FetchedSource, SourceColumn } from "../check/tree.ts";
import { columnsOf, isVisible } from "../columns.ts";
import { fail } from "../errors.ts";
import { OID, type Raw, showType, typeByOid } from "../types/index.ts";
import type { StatementRun } from "./contract.ts";

const { text, jsonb } = OID;
const timestamptz = OID.timestamptz;

function define(name: string, args: readonly number[], columns: Readonly<Record<string, number>>): FetchedFunction {
  return { name, args, columns: Object.entries(columns).map(([column, type]) => ({ name: column, type, typmod: -1 })) };
}

/** By name, for the checker. */
export const FETCHED: ReadonlyMap<string, FetchedFunction> = new Map(
  [
    define("chrondb_history", [text, text], { commit_id: text, timestamp: timestamptz, committer: text, data: jsonb }),
    define("chrondb_at", [text, text, text], { id: text, data: jsonb }),
    define("chrondb_diff", [text, text, text, text], {
      id: text,
      commit1: text,
      commit2: text,
      added: jsonb,
      removed: jsonb,
      changed: jsonb,
    }),
    define("chrondb_restore", [text, text, text], { id: text, version: OID.int8, data: jsonb }),
    define("chrondb_tables", [text], { table_name: text, has_schema: text }),
    define("chrondb_columns", [text, text], { Field: text, Type: text, Null: text, Key: text, Default: text }),
  ].map((definition) => [definition.name, definition]),
);

/** Versions one call answers at most. */
const HISTORY_MAXIMUM = 10_000;

function names(values: readonly Raw[]): string[] {
  return values.map((value) =>
    value === null ? fail("22004", "the arguments of a history function cannot be null") : String(value),
  );
}

/** A document's text as of a reference; undefined when it did not exist then. */
async function documentAt(
  { tenant, caller }: StatementRun,
  table: string,
  id: string,
  reference: string,
): Promise<string | undefined> {
  const past = await tenant.resolve(caller, reference);
  const version = tenant.readAt(caller, past, (view) => view.get(table, id));
  return version === undefined ? undefined : documentText(version.kind, version.body);
}

/** Branches are schemas; `main` is `public`. */
function checkSchema(schema: string): void {
  if (schema !== "public" && schema !== "main") fail("3F000", `schema "${schema}" does not exist`);
}

function tableRows(schema: string, run: StatementRun): Raw[][] {
  checkSchema(schema);
  return [...run.facts.catalog.tables.values()]
    .filter(isVisible)
    .map((info) => [info.name, info.definition === null ? "NO" : "YES"]);
}

function columnRows(schema: string, name: string, run: StatementRun): Raw[][] {
  checkSchema(schema);
  const info = run.facts.catalog.tables.get(name);
  if (info === undefined || !isVisible(info)) return fail("42P01", `relation "${name}" does not exist`);
  const key = info.definition === null ? ["id"] : (info.definition.primaryKey?.columns ?? []);
  return columnsOf(info)
    .filter((column) => !column.hidden)
    .map((column) => {
      const definition = info.definition?.columns.find((candidate) => candidate.name === column.name);
      const isKey = key.includes(column.name);
      return [
        column.name,
        showType(column.type, column.typmod),
        isKey || definition?.notNull === true ? "NO" : "YES",
        isKey ? "PRI" : "",
        definition?.default ?? null,
      ];
    });
}

/** A document as a row of the columns the call was checked with: `id`, then its fields, or the whole in `data`. */
function documentRow(id: string, document: string, columns: readonly SourceColumn[], run: StatementRun): Raw[] {
  const object = parseObject(document);
  return columns.map((column) => {
    if (column.name === "id") return id;
    if (column.name === "data" && columns.length === 2) return document;
    const json = memberText(object, column.name);
    if (json === undefined || json === "null") return null;
    const value = typeByOid(column.type).fromJson(json, run.context.style);
    return Buffer.isBuffer(value) ? `\\x${value.toString("hex")}` : value;
  });
}

export async function fetchRows(source: FetchedSource, values: readonly Raw[], run: StatementRun): Promise<Raw[][]> {
  const { name } = source.fetch;
  const [table = "", id = "", first = "", second = ""] = names(values);
  const { tenant, caller } = run;
  switch (name) {
    case "chrondb_tables":
      return tableRows(table, run);
    case "chrondb_columns":
      return columnRows(table, id, run);
    case "chrondb_history": {
      const items = await tenant.history(caller, table, id, { limit: HISTORY_MAXIMUM });
      return items.map((item) => [
        item.commit,
        isoMicros(item.micros),
        item.user === "" ? "ChronDB" : item.user,
        item.version === undefined ? null : documentText(item.version.kind, item.version.body),
      ]);
    }
    case "chrondb_at": {
      const document = await documentAt(run, table, id, first);
      return document === undefined ? [] : [documentRow(id, document, source.fetch.columns, run)];
    }
    case "chrondb_diff": {
      const diff = diffDocuments(await documentAt(run, table, id, first), await documentAt(run, table, id, second));
      return [[id, first, second, diff.added, diff.removed, diff.changed]];
    }
    case "chrondb_restore": {
      if (run.overlay !== null) fail("25001", "chrondb_restore cannot run inside a transaction block");
      const restored = await restoreVersion(tenant, caller, run.intent("restore-document", table, [id]), table, id, first);
      return [[id, restored.version, documentText(restored.value.kind, restored.value.body)]];
    }
    default:
      throw new ChronError("INTERNAL", `There is no function ${name}.`);
  }
}
