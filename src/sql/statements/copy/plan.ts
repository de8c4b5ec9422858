// COPY, checked: which columns, and the INSERT or SELECT it stands for.
import type { CopyStmt, Node, RangeVar, SelectStmt } from "libpg-query";
import { Checker, type Surroundings } from "../../check/checker.ts";
import { Parameters, type StoredColumn } from "../../check/tree.ts";
import { textOf } from "../../check/type-name.ts";
import { columnsOf, isVisible } from "../../columns.ts";
import { fail, unsupported } from "../../errors.ts";
import { Insert } from "../../execute/insert.ts";
import { planInsert } from "../../plan/insert.ts";
import { type CopyOptions, readCopyOptions } from "./options.ts";

const HINT = { hint: "Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone." };

/** Files and programs of the server are nobody's: ChronDB gives no role that may use them. */
export function refuseFiles(statement: CopyStmt): void {
  const role = (name: string): string => `must be superuser or have privileges of the ${name} role to COPY `;
  if (statement.is_program) fail("42501", `${role("pg_execute_server_program")}to or from an external program`, HINT);
  if (statement.filename === undefined) return;
  if (statement.is_from) fail("42501", `${role("pg_read_server_files")}from a file`, HINT);
  fail("42501", `${role("pg_write_server_files")}to a file`, HINT);
}

export interface CopyInPlan {
  readonly relation: string;
  readonly columns: readonly StoredColumn[];
  /** Names of all the columns it shows. */
  readonly all: readonly string[];
  readonly options: CopyOptions;
  readonly insert: Insert;
  /** `SELECT … WHERE` over the copied columns as parameters; null = every row. */
  readonly filter: Node | null;
}

function namesOf(nodes: readonly Node[]): string[] {
  const names: string[] = [];
  for (const node of nodes) {
    const name = textOf(node);
    if (names.includes(name)) fail("42701", `column "${name}" specified more than once`);
    names.push(name);
  }
  return names;
}

export function planCopyIn(statement: CopyStmt, around: Surroundings): CopyInPlan {
  const range = statement.relation ?? fail("42601", "COPY FROM needs a table");
  const relation = range.relname ?? "";
  const schema = range.schemaname ?? "public";
  const table = schema === "public" || schema === "main" ? around.catalog.tables.get(relation) : undefined;
  if (table === undefined || !isVisible(table)) {
    if (around.relations.find(range.schemaname, relation) !== undefined)
      fail("42809", `cannot copy to "${relation}", which the catalogue shows`);
    return fail("42P01", `relation "${range.schemaname === undefined ? "" : `${schema}.`}${relation}" does not exist`);
  }
  const known = columnsOf(table);
  const names = statement.attlist === undefined ? null : namesOf(statement.attlist);
  const columns =
    names === null
      ? known.filter((column) => !column.hidden)
      : names.map(
          (name) =>
            known.find((column) => column.name === name && !(column.hidden && column.role !== "id")) ??
            fail("42703", `column "${name}" of relation "${relation}" does not exist`),
        );
  const options = readCopyOptions(statement);
  const items = columns.map((_, at): Node => ({ ParamRef: { number: at + 1, location: -1 } }));
  const checker = new Checker(around, new Parameters(columns.map((column) => column.type)));
  const plan = planInsert(
    {
      relation: range,
      cols: columns.map((column) => ({ ResTarget: { name: column.name, location: -1 } })),
      selectStmt: { SelectStmt: { valuesLists: [{ List: { items } }], limitOption: "LIMIT_OPTION_DEFAULT", op: "SETOP_NONE" } },
      override: "OVERRIDING_NOT_SET",
    },
    checker,
  );
  const insert = new Insert(plan, {
    parameterOids: columns.map((column) => column.type),
    tables: [],
    heavy: false,
    usesCatalog: checker.usesCatalog,
    rowsMaximum: Number.MAX_SAFE_INTEGER,
  });
  const { whereClause } = statement;
  const all = known.filter((column) => !column.hidden).map((column) => column.name);
  return {
    relation,
    columns,
    all,
    options,
    insert,
    filter: whereClause === undefined ? null : filterOf(whereClause, columns, known),
  };
}

/** The condition with the copied columns as parameters. */
function filterOf(where: Node, columns: readonly StoredColumn[], known: readonly StoredColumn[]): Node {
  const places = new Map(columns.map((column, at) => [column.name, at + 1]));
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace);
    if (value === null || typeof value !== "object") return value;
    if ("SubLink" in value) fail("0A000", "cannot use subquery in COPY FROM WHERE condition");
    if ("ColumnRef" in value) {
      const { fields = [], location = -1 } = value.ColumnRef as { fields?: Node[]; location?: number };
      const name = textOf(fields.at(-1));
      const number = places.get(name);
      if (number !== undefined) return { ParamRef: { number, location } };
      if (known.some((column) => column.name === name && !column.hidden))
        unsupported("a column in COPY's WHERE that is not copied", location);
      return value;
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner)]));
  };
  const one: Node = { ResTarget: { val: { A_Const: { ival: { ival: 1 }, location: -1 } }, location: -1 } };
  const select: SelectStmt = {
    targetList: [one],
    whereClause: replace(where) as Node,
    limitOption: "LIMIT_OPTION_DEFAULT",
    op: "SETOP_NONE",
  };
  return { SelectStmt: select };
}

/** The table COPY TO names, with its columns; null for a query. */
export function copyOutTable(statement: CopyStmt, around: Surroundings): { name: string; columns: readonly string[] } | null {
  const name = statement.relation?.relname;
  if (name === undefined) return null;
  const table = around.catalog.tables.get(name);
  const system = table === undefined ? around.relations.find(statement.relation?.schemaname, name) : undefined;
  return { name, columns: (table === undefined ? (system?.columns ?? []) : columnsOf(table)).map((column) => column.name) };
}

/** The query whose rows COPY TO sends. */
export function copyOutQuery(statement: CopyStmt, around: Surroundings): Node {
  if (statement.query !== undefined) return statement.query;
  const range: RangeVar = statement.relation ?? fail("42601", "COPY TO needs a table or a query");
  const names = namesOf(statement.attlist ?? []);
  const table = around.catalog.tables.get(range.relname ?? "");
  if (table !== undefined) {
    for (const name of names) {
      if (!columnsOf(table).some((column) => column.name === name))
        fail("42703", `column "${name}" of relation "${range.relname ?? ""}" does not exist`);
    }
  }
  const column = (field: Node): Node => ({ ResTarget: { val: { ColumnRef: { fields: [field], location: -1 } }, location: -1 } });
  return {
    SelectStmt: {
      targetList: names.length === 0 ? [column({ A_Star: {} })] : names.map((name) => column({ String: { sval: name } })),
      fromClause: [{ RangeVar: { ...range, location: -1 } }],
      limitOption: "LIMIT_OPTION_DEFAULT",
      op: "SETOP_NONE",
    },
  };
}
