// CREATE TABLE, DROP TABLE and TRUNCATE as plans.
import type { CreateStmt, DropStmt, Node, TruncateStmt } from "libpg-query";
import { documentText } from "../../base/document.ts";
import type { TableDefinition } from "../../log/entry.ts";
import type { Surroundings } from "../check/checker.ts";
import { textOf } from "../check/type-name.ts";
import { isVisible } from "../columns.ts";
import type { SqlCursor } from "../contract.ts";
import { fail, unsupported } from "../errors.ts";
import type { Plan, StatementRun } from "../execute/contract.ts";
import { RowsCursor } from "../execute/cursor.ts";
import { changeIn, changeInSlices, type Target } from "../execute/target.ts";
import { rowRules } from "../rules.ts";
import { readCreateTable } from "./create-table.ts";

const done = (tag: string): SqlCursor => new RowsCursor(null, [], tag);

function plan(run: (run: StatementRun) => Promise<SqlCursor>): Plan {
  return { parameterOids: [], columns: null, access: "write", isCurrent: () => false, run };
}

const words = (operation: string, table: string) => ({ operation, table, ids: [] });

export function planCreateTable(node: CreateStmt, around: Surroundings): Plan {
  const { definition, ifNotExists } = readCreateTable(node, around);
  return plan(async (run) => {
    const made = await changeInSlices(run, words("create-table", definition.table), (target) =>
      create(definition, target, run, ifNotExists),
    );
    if (!made)
      run.notice({ severity: "NOTICE", sqlstate: "42P07", message: `relation "${definition.table}" already exists, skipping` });
    return done("CREATE TABLE");
  });
}

/** False when it is there already. Documents of a table never declared must fit the declaration. */
function* create(definition: TableDefinition, target: Target, run: StatementRun, ifNotExists: boolean): Generator<void, boolean> {
  const known = run.overlay === null ? target.view.catalog() : run.overlay.catalog(target.view.catalog());
  const table = known.tables.get(definition.table);
  if (table?.definition) {
    if (ifNotExists) return false;
    fail("42P07", `relation "${definition.table}" already exists`);
  }
  if (table !== undefined && isVisible(table) && target.view.count(definition.table) > 0) {
    if (run.overlay !== null) unsupported("declaring a table that has documents, inside a transaction block");
    yield* checkDocuments(definition, target, run);
  }
  target.change.define(definition);
  return true;
}

const PAGE = 200;

function* checkDocuments(definition: TableDefinition, target: Target, run: StatementRun): Generator<void, void> {
  let after: string | undefined;
  for (;;) {
    const page = target.view.state.list(definition.table, after === undefined ? { limit: PAGE } : { after, limit: PAGE });
    for (const version of page) {
      const body = documentText(version.kind, version.body);
      // Whatever is wrong with a document is said as an INSERT of it would say it.
      const fitted = rowRules.conform(definition, version.id, body, { micros: run.context.style.now });
      if (fitted !== body)
        target.change.put(definition.table, version.id, fitted, { kind: version.kind, expiresAt: version.expiresAt });
    }
    after = page.at(-1)?.id;
    if (page.length < PAGE) return;
    run.checkCancelled();
    yield;
  }
}

interface Named {
  readonly schema: string | undefined;
  readonly table: string;
}

function nameOf(node: Node): Named {
  const parts = "List" in node ? (node.List.items ?? []).map(textOf) : [textOf(node)];
  return { schema: parts.at(-2), table: parts.at(-1) ?? "" };
}

export function planDrop(node: DropStmt): Plan {
  if (node.removeType !== "OBJECT_TABLE") {
    // IF EXISTS of what ChronDB does not have is true to PostgreSQL: there is none.
    return unsupported(`DROP ${String(node.removeType).replace("OBJECT_", "").toLowerCase()}`);
  }
  const names = (node.objects ?? []).map(nameOf);
  return plan(async (run) => {
    const missing = await changeIn(run, words("drop-table", names[0]?.table ?? ""), (target) =>
      drop(names, target, run, node.missing_ok === true),
    );
    for (const table of missing)
      run.notice({ severity: "NOTICE", sqlstate: "00000", message: `table "${table}" does not exist, skipping` });
    return done("DROP TABLE");
  });
}

function drop(names: readonly Named[], target: Target, run: StatementRun, missingOk: boolean): string[] {
  const missing: string[] = [];
  for (const { schema, table } of names) {
    const known = run.overlay === null ? target.view.catalog() : run.overlay.catalog(target.view.catalog());
    const found = schema === undefined || schema === "public" || schema === "main" ? known.tables.get(table) : undefined;
    if (found !== undefined && isVisible(found)) target.change.drop(table);
    else if (missingOk) missing.push(table);
    else fail("42P01", `table "${table}" does not exist`);
  }
  return missing;
}

export function planTruncate(node: TruncateStmt): Plan {
  const tables = (node.relations ?? []).map((relation) => ("RangeVar" in relation ? relation.RangeVar : {}));
  return plan(async (run) => {
    await changeInSlices(run, words("truncate", tables[0]?.relname ?? ""), function* (target) {
      for (const range of tables) yield* truncate(range.relname ?? "", target, run);
    });
    return done("TRUNCATE TABLE");
  });
}

function* truncate(table: string, target: Target, run: StatementRun): Generator<void, void> {
  const known = run.overlay === null ? target.view.catalog() : run.overlay.catalog(target.view.catalog());
  const found = known.tables.get(table);
  if (found === undefined || !isVisible(found)) fail("42P01", `relation "${table}" does not exist`);
  for (const { id, version } of run.overlay?.rows(table) ?? []) if (version !== undefined) target.change.delete(table, id);
  let after: string | undefined;
  for (;;) {
    const page = target.view.state.list(table, after === undefined ? { limit: PAGE } : { after, limit: PAGE });
    for (const version of page) target.change.delete(table, version.id);
    after = page.at(-1)?.id;
    if (page.length < PAGE) return;
    run.checkCancelled();
    yield;
  }
}
