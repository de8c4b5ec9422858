// INSERT, checked: which columns get which expressions, what a conflict does, what is returned.
import type { InferClause, InsertStmt, Node, OnConflictClause, SubLink } from "libpg-query";
import { isTableName } from "../../base/keys.ts";
import { SEEN, type TableInfo } from "../../state/store.ts";
import type { Checker } from "../check/checker.ts";
import { settle, toBoolean, tryCoerce } from "../check/coerce.ts";
import { checkExpression } from "../check/expression.ts";
import { checkQuery, settleOutputs } from "../check/query.ts";
import { itemOf, Scope } from "../check/scope.ts";
import { lookUp, noRelation, readOnly, tableSource } from "../check/table.ts";
import type { Cte, Expression, Query, QuerySource, StoredColumn, TableSource } from "../check/tree.ts";
import { textOf } from "../check/type-name.ts";
import { checkWith } from "../check/with.ts";
import { columnsOf } from "../columns.ts";
import { fail, unsupported } from "../errors.ts";
import { OID, typeByOid } from "../types/index.ts";
import { constraintsOf, type KeyConstraint } from "./constraints.ts";
import { defaultOf } from "./defaults.ts";
import { assignable, checkReturning, type Returning } from "./returning.ts";

/** A column that gets a value, and the type the value has (its own, where the table was never declared). */
export interface InsertColumn {
  readonly name: string;
  readonly role: StoredColumn["role"];
  readonly type: number;
}

export interface ConflictPlan {
  readonly action: "nothing" | "update";
  /** The constraint whose conflicts count; null = any. */
  readonly constraint: KeyConstraint | null;
  readonly existing: TableSource;
  readonly excluded: TableSource;
  readonly sets: readonly { readonly column: InsertColumn; readonly value: Expression }[];
  readonly where: Expression | null;
}

export interface InsertPlan {
  readonly kind: "insert";
  /** The table; null when the statement makes it. */
  readonly table: TableInfo | null;
  readonly name: string;
  readonly columns: readonly InsertColumn[];
  /** Rows of literal expressions, or a query; its columns stand in the order of `columns`. */
  readonly rows: readonly (readonly Expression[])[] | null;
  readonly query: Query | null;
  /** WITH, for rows that are expressions; a query has its own. */
  readonly ctes: readonly Cte[];
  readonly conflict: ConflictPlan | null;
  readonly returning: Returning | null;
}

/** `outer`: the statement's own WITH, where the INSERT stands in it. */
export function planInsert(node: InsertStmt, checker: Checker, outer: Scope | null = null): InsertPlan {
  const range = node.relation ?? fail("42601", "INSERT needs a table");
  if (node.override !== undefined && node.override !== "OVERRIDING_NOT_SET") unsupported("OVERRIDING");
  const found = lookUp(range, checker);
  if (found.kind === "system") readOnly(found.relation);
  if (found.kind === "none" && range.schemaname && range.schemaname !== "public" && range.schemaname !== "main")
    noRelation(range);
  const table = found.kind === "table" ? found.table : null;
  const name = range.relname ?? "";
  if (!isTableName(name))
    fail("42602", `${JSON.stringify(name)} is no table name: 1 to 63 bytes without a colon or a leading underscore`);
  // A table that was never declared takes any field: what is not known yet is made by the insert.
  const known =
    table === null ? [{ name: "id", type: OID.text, typmod: -1, role: "id", attribute: 1 } as StoredColumn] : columnsOf(table);
  const declared = table !== null && table.definition !== null;
  const scope = new Scope(outer);
  const ctes = [...(outer?.ctes ?? []), ...checkWith(node.withClause, scope, checker, outer === null)];
  const given = sourceOf(node.selectStmt, scope, checker);
  // A query without a column list names the fields of a table nobody knows yet.
  const listed = namedColumns(node.cols ?? [], known, declared, name);
  const named = listed ?? (table === null && given.query !== null ? queryColumns(given.query, known) : null);
  const width = given.rows?.[0]?.length ?? given.query?.columns.length ?? 0;
  const targets = named ?? known.filter((column) => !column.hidden).slice(0, Math.max(width, 0));
  const shown = known.filter((column) => !column.hidden).length;
  if (named === null && width > shown)
    return fail("42601", "INSERT has more expressions than target columns", { at: placeOf(given.rows?.[0]?.[shown]) });
  if (named !== null && width > named.length)
    return fail("42601", "INSERT has more expressions than target columns", { at: placeOf(given.rows?.[0]?.[named.length]) });
  if (named !== null && width < named.length && node.selectStmt !== undefined) {
    return fail("42601", "INSERT has more target columns than expressions", { at: atOf(node.cols?.[width]) });
  }
  const filled = fill(targets, given, declared, table, checker);
  const query =
    filled.query === null || ctes.length === 0 ? filled.query : { ...filled.query, ctes: [...ctes, ...filled.query.ctes] };
  const source = table === null ? null : table;
  const alias = range.alias?.aliasname ?? name;
  const conflict =
    node.onConflictClause === undefined ? null : checkConflict(node.onConflictClause, source, name, alias, checker);
  const after = withFields(source ?? emptyTable(name, []), filled.columns);
  const returning = checkReturning(node.returningClause, after, alias, [], ctes, checker);
  return { kind: "insert", table, name, columns: filled.columns, rows: filled.rows, query, ctes, conflict, returning };
}

/** What a new table looks like to RETURNING and ON CONFLICT before it has a document. */
function emptyTable(name: string, columns: readonly InsertColumn[]): TableInfo {
  const fields = columns
    .filter((column) => column.role !== "id")
    .map((column) => ({ name: column.name, seen: seenOf(column.type) }));
  return { tid: 0, name, definition: null, fields, kinds: 1 };
}

/** A table never declared, with the fields a statement is about to give it. */
export function withFields(table: TableInfo, columns: readonly InsertColumn[]): TableInfo {
  if (table.definition !== null) return table;
  const fields = new Map(table.fields.map((field) => [field.name, field.seen]));
  for (const { name, role, type } of columns) {
    if (role !== "id") fields.set(name, (fields.get(name) ?? 0) | (type === 0 ? SEEN.object | SEEN.string : seenOf(type)));
  }
  return { ...table, fields: [...fields].map(([name, seen]) => ({ name, seen })) };
}

/** Bits of state's SEEN for the JSON a type is stored as. */
export function seenOf(type: number): number {
  const { category, storage, oid } = typeByOid(type);
  if (category === "B") return SEEN.boolean;
  if (storage === "integer" && category === "N") return SEEN.integer;
  if (category === "N") return SEEN.number;
  return oid === OID.json || oid === OID.jsonb ? SEEN.object : category === "A" ? SEEN.array : SEEN.string;
}

const placeOf = (expression: Expression | undefined): number => expression?.at ?? -1;
const atOf = (node: Node | undefined): number =>
  node !== undefined && "ResTarget" in node ? (node.ResTarget.location ?? 0) : -1;

/** The column list as written; null when there is none. */
function namedColumns(
  nodes: readonly Node[],
  known: readonly StoredColumn[],
  declared: boolean,
  table: string,
): StoredColumn[] | null {
  if (nodes.length === 0) return null;
  const seen = new Set<string>();
  return nodes.map((node) => {
    const target = "ResTarget" in node ? node.ResTarget : {};
    const name = target.name ?? "";
    const at = target.location ?? 0;
    if (target.indirection !== undefined) unsupported("assigning to a part of a column", at);
    if (seen.has(name)) fail("42701", `column "${name}" specified more than once`, { at });
    seen.add(name);
    const column = known.find((candidate) => candidate.name === name);
    if (column !== undefined && !(declared && column.hidden && column.role !== "id")) return column;
    if (declared) return fail("42703", `column "${name}" of relation "${table}" does not exist`, { at });
    return { name, type: 0, typmod: -1, role: "field", attribute: 0 };
  });
}

function queryColumns(query: Query, known: readonly StoredColumn[]): StoredColumn[] {
  const names = new Set<string>();
  return query.columns.map(({ name }) => {
    if (name === "?column?" || names.has(name))
      fail(
        "42601",
        `INSERT into a new table needs a name for each column; "${name}" is ${names.has(name) ? "used twice" : "none"}`,
      );
    names.add(name);
    return known.find((column) => column.name === name) ?? { name, type: 0, typmod: -1, role: "field", attribute: 0 };
  });
}

interface Given {
  readonly rows: Expression[][] | null;
  readonly query: Query | null;
  /** Places where DEFAULT was written, `row:column`. */
  readonly defaults: ReadonlySet<string>;
}

function sourceOf(node: Node | undefined, scope: Scope, checker: Checker): Given {
  if (node === undefined) return { rows: [[]], query: null, defaults: new Set() };
  const select = "SelectStmt" in node ? node.SelectStmt : undefined;
  const plain =
    select?.valuesLists !== undefined &&
    select.sortClause === undefined &&
    select.limitCount === undefined &&
    select.limitOffset === undefined &&
    select.withClause === undefined;
  if (!plain || select.valuesLists === undefined)
    return { rows: null, query: checkQuery(node, scope, checker, true), defaults: new Set() };
  const defaults = new Set<string>();
  const inner = new Scope(scope);
  inner.forbidAggregates = "aggregate functions are not allowed in VALUES";
  inner.forbidWindows = "window functions are not allowed in VALUES";
  const rows = select.valuesLists.map((list, row) =>
    ("List" in list ? (list.List.items ?? []) : []).map((item, column): Expression => {
      if (!("SetToDefault" in item)) return checkExpression(item, inner, checker);
      defaults.add(`${row}:${column}`);
      return { kind: "constant", type: OID.unknown, typmod: -1, value: null, at: item.SetToDefault.location ?? 0 };
    }),
  );
  const width = rows[0]?.length ?? 0;
  for (const row of rows) if (row.length !== width) fail("42601", "VALUES lists must all be the same length", { at: row[0]?.at });
  return { rows, query: null, defaults };
}

/** One row of MERGE's INSERT, whose values may read the row it was not matched by. */
export function planRow(
  columns: readonly Node[],
  values: readonly Node[] | null,
  table: TableInfo,
  scope: Scope,
  checker: Checker,
): { readonly columns: readonly InsertColumn[]; readonly row: readonly Expression[] } {
  const known = columnsOf(table);
  const declared = table.definition !== null;
  const defaults = new Set<string>();
  const row = (values ?? []).map((item, at): Expression => {
    if (!("SetToDefault" in item)) return checkExpression(item, scope, checker);
    defaults.add(`0:${at}`);
    return { kind: "constant", type: OID.unknown, typmod: -1, value: null, at: item.SetToDefault.location ?? 0 };
  });
  const listed = namedColumns(columns, known, declared, table.name);
  const shown = known.filter((column) => !column.hidden);
  const targets = listed ?? shown.slice(0, row.length);
  if (row.length > targets.length)
    fail("42601", "INSERT has more expressions than target columns", { at: placeOf(row[targets.length]) });
  if (values !== null && listed !== null && row.length < listed.length)
    fail("42601", "INSERT has more target columns than expressions", { at: atOf(columns[row.length]) });
  const filled = fill(targets, { rows: [row], query: null, defaults }, declared, table, checker);
  return { columns: filled.columns, row: filled.rows?.[0] ?? [] };
}

interface Filled {
  readonly columns: InsertColumn[];
  readonly rows: Expression[][] | null;
  readonly query: Query | null;
}

/** Brings every value to its column, and adds the defaults of columns that were left out. */
function fill(
  targets: readonly StoredColumn[],
  given: Given,
  declared: boolean,
  table: TableInfo | null,
  checker: Checker,
): Filled {
  const definitions = table?.definition?.columns ?? [];
  const definitionOf = (name: string) => definitions.find((column) => column.name === name);
  const missing = definitions.filter(
    (column) => column.default !== null && !targets.some((target) => target.name === column.name),
  );
  const defaults = missing.map((column) => defaultOf(column, checker.around)).filter((item) => item !== null);
  const extra: InsertColumn[] = missing.map((column, at) => ({
    name: column.name,
    role: columnsOf(table ?? emptyTable("", [])).find((known) => known.name === column.name)?.role ?? "field",
    type: defaults[at]?.type ?? OID.text,
  }));
  if (given.rows !== null) {
    const types = new Array<number>(targets.length).fill(0);
    const rows = given.rows.map((row, rowAt) => [
      ...row.map((item, at) => {
        const target = targets[at] ?? fail("42601", "INSERT has more expressions than target columns");
        if (given.defaults.has(`${rowAt}:${at}`)) {
          const definition = definitionOf(target.name);
          const value = definition === undefined ? null : defaultOf(definition, checker.around);
          const type = value?.type ?? (target.type || OID.text);
          return value ?? { ...item, type };
        }
        return declared || target.role === "id" ? assignable(item, target, checker) : natural(item, target, checker);
      }),
      ...defaults,
    ]);
    for (const row of rows) for (const [at, item] of row.slice(0, targets.length).entries()) types[at] = item.type;
    // Rows of an undeclared column may differ in type; each is then stored as its own.
    const columns = targets.map((target, at): InsertColumn => {
      const same = rows.every((row) => row[at]?.type === types[at]);
      return { name: target.name, role: target.role, type: same ? (types[at] ?? OID.text) : 0 };
    });
    return { columns: [...columns, ...extra], rows, query: null };
  }
  const { query } = given;
  if (query === null) return fail("42601", "INSERT needs values");
  return fillFromQuery(targets, query, declared, extra, defaults, checker);
}

/** A SELECT's columns are brought to the table's by a query around it. */
function fillFromQuery(
  targets: readonly StoredColumn[],
  query: Query,
  declared: boolean,
  extra: readonly InsertColumn[],
  defaults: readonly Expression[],
  checker: Checker,
): Filled {
  checker.heavy = true;
  const source = { kind: "query", alias: checker.alias("q"), name: "", columns: query.columns, query } as const;
  const values = targets.map((target, index): Expression => {
    const column = query.columns[index];
    const type = column?.type ?? OID.text;
    const place = query.body.kind === "select" ? (query.body.targets[index]?.expression.at ?? -1) : -1;
    const literal = literalOf(query, index);
    const item: Expression = literal ?? {
      kind: "column",
      source,
      index,
      type: type === OID.unknown ? OID.text : type,
      typmod: column?.typmod ?? -1,
      at: place,
    };
    return declared || target.role === "id" ? assignable(item, target, checker) : natural(item, target, checker);
  });
  const all = [...values, ...defaults];
  const columns: InsertColumn[] = [
    ...targets.map((target, at): InsertColumn => ({ name: target.name, role: target.role, type: values[at]?.type ?? OID.text })),
    ...extra,
  ];
  const outer: Query = {
    ctes: [],
    body: {
      kind: "select",
      targets: all.map((expression, at) => ({ name: columns[at]?.name ?? "", expression })),
      from: [{ kind: "source", source }],
      where: null,
      group: [],
      grouped: false,
      having: null,
      distinct: false,
      distinctOn: [],
    },
    columns: all.map((expression, at) => ({ name: columns[at]?.name ?? "", type: expression.type, typmod: expression.typmod })),
    order: [],
    limit: null,
    offset: null,
  };
  return { columns, rows: null, query: outer };
}

/** A literal without a type in a SELECT's list takes the column's, as in PostgreSQL. */
function literalOf(query: Query, index: number): Expression | null {
  if (query.body.kind !== "select" || query.body.distinct) return null;
  const expression = query.body.targets[index]?.expression;
  return expression !== undefined && expression.type === OID.unknown ? expression : null;
}

/** A value for a field of a table never declared: it keeps its type; one without a type takes the column's where it fits. */
export function natural(item: Expression, target: StoredColumn, checker: Checker): Expression {
  if (item.type !== OID.unknown) return item;
  if (target.type === 0 || target.type === OID.text || (item.kind === "constant" && item.value === null))
    return settle(item, checker.parameters);
  if (item.kind !== "constant")
    return tryCoerce(item, target.type, -1, "assignment", checker.parameters) ?? settle(item, checker.parameters);
  try {
    return tryCoerce(item, target.type, -1, "assignment", checker.parameters) ?? settle(item, checker.parameters);
  } catch {
    // The literal is no such value: the field then holds both kinds, which a table without a declaration may.
    return settle(item, checker.parameters);
  }
}

function checkConflict(
  clause: OnConflictClause,
  table: TableInfo | null,
  name: string,
  alias: string,
  checker: Checker,
): ConflictPlan {
  const info = table ?? emptyTable(name, []);
  const constraint = clause.infer === undefined ? null : inferred(clause.infer, info);
  const existing = { ...tableSource(info, alias, checker), given: "existing" };
  const excluded = { ...tableSource(info, "excluded", checker), given: "excluded" };
  if (clause.action === "ONCONFLICT_NOTHING") return { action: "nothing", constraint, existing, excluded, sets: [], where: null };
  if (constraint === null) {
    return fail("42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name", {
      at: clause.location ?? 0,
      hint: "For example, ON CONFLICT (column_name).",
    });
  }
  const scope = new Scope(null);
  scope.items.push(itemOf(existing), { ...itemOf(excluded), unqualified: false });
  const sets = checkSets(clause.targetList ?? [], info, scope, checker);
  const where =
    clause.whereClause === undefined
      ? null
      : toBoolean(checkExpression(clause.whereClause, scope, checker), "WHERE", checker.parameters);
  return { action: "update", constraint, existing, excluded, sets, where };
}

/** SET's assignments, for UPDATE too. */
export function checkSets(
  nodes: readonly Node[],
  table: TableInfo,
  scope: Scope,
  checker: Checker,
): { column: InsertColumn; value: Expression }[] {
  const known = columnsOf(table);
  const declared = table.definition !== null;
  scope.forbidAggregates = "aggregate functions are not allowed in UPDATE";
  scope.forbidWindows = "window functions are not allowed in UPDATE";
  const seen = new Set<string>();
  return nodes.flatMap((node) => {
    const target = "ResTarget" in node ? node.ResTarget : {};
    const name = target.name ?? "";
    const at = target.location ?? 0;
    if (target.indirection !== undefined && known.some((candidate) => candidate.name === name))
      unsupported("assigning to a part of a column", at);
    if (seen.has(name)) fail("42601", `multiple assignments to same column "${name}"`);
    seen.add(name);
    let column = known.find((candidate) => candidate.name === name);
    if (column === undefined || (declared && column.hidden)) {
      if (declared || name === "") return fail("42703", `column "${name}" of relation "${table.name}" does not exist`, { at });
      column = { name, type: 0, typmod: -1, role: "field", attribute: 0 };
    }
    const value = assignedValue(target.val, column, table, scope, checker);
    const item = declared || column.role === "id" ? assignable(value, column, checker) : natural(value, column, checker);
    return [{ column: { name, role: column.role, type: item.type }, value: item }];
  });
}

function assignedValue(
  node: Node | undefined,
  column: StoredColumn,
  table: TableInfo,
  scope: Scope,
  checker: Checker,
): Expression {
  if (node !== undefined && "SetToDefault" in node) {
    const definition = table.definition?.columns.find((candidate) => candidate.name === column.name);
    const value = definition === undefined ? null : defaultOf(definition, checker.around);
    return (
      value ?? { kind: "constant", type: column.type || OID.text, typmod: -1, value: null, at: node.SetToDefault.location ?? 0 }
    );
  }
  if (node !== undefined && "MultiAssignRef" in node) {
    const { source, colno = 1, ncolumns = 1 } = node.MultiAssignRef;
    if (source !== undefined && "SubLink" in source) return subqueryColumn(source.SubLink, colno, ncolumns, scope, checker);
    if (source === undefined || !("RowExpr" in source)) {
      return fail("0A000", "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression", {
        at: checkExpression(source, scope, checker).at,
      });
    }
    const items = source.RowExpr.args ?? [];
    if (items.length !== ncolumns)
      return fail("42601", "number of columns does not match number of values", { at: source.RowExpr.location ?? 0 });
    return assignedValue(items[colno - 1], column, table, scope, checker);
  }
  return checkExpression(node, scope, checker);
}

/** `(a, b) = (SELECT x, y …)`: one column of the subquery's row. */
function subqueryColumn(link: SubLink, colno: number, ncolumns: number, scope: Scope, checker: Checker): Expression {
  checker.heavy = true;
  const at = link.location ?? 0;
  const query = settleOutputs(checkQuery(link.subselect, scope, checker), checker);
  if (query.columns.length !== ncolumns) fail("42601", "number of columns does not match number of values", { at });
  const source: QuerySource = { kind: "query", alias: checker.alias("q"), name: "", columns: query.columns, query };
  const column = query.columns[colno - 1];
  const { type, typmod } = column ?? { type: OID.text, typmod: -1 };
  const expression: Expression = { kind: "column", source, index: colno - 1, type, typmod, at };
  const one: Query = {
    ctes: [],
    body: {
      kind: "select",
      targets: [{ name: column?.name ?? "", expression }],
      from: [{ kind: "source", source }],
      where: null,
      group: [],
      grouped: false,
      having: null,
      distinct: false,
      distinctOn: [],
    },
    columns: [{ name: column?.name ?? "", type, typmod }],
    order: [],
    limit: null,
    offset: null,
  };
  return { kind: "subquery", form: "scalar", query: one, type, typmod, at };
}

function inferred(infer: InferClause, table: TableInfo): KeyConstraint {
  const constraints = constraintsOf(table);
  if (infer.conname !== undefined) {
    return (
      constraints.find((constraint) => constraint.name === infer.conname) ??
      fail("42704", `constraint "${infer.conname}" for table "${table.name}" does not exist`)
    );
  }
  if (infer.whereClause !== undefined) return unsupported("ON CONFLICT with a partial index", infer.location ?? 0);
  const names = (infer.indexElems ?? []).map((element) =>
    "IndexElem" in element ? (element.IndexElem.name ?? "") : textOf(element),
  );
  const known = columnsOf(table);
  for (const name of names)
    if (!known.some((column) => column.name === name)) fail("42703", `column "${name}" does not exist`, { at: infer.location });
  const wanted = new Set(names);
  return (
    constraints.find(
      (constraint) => constraint.columns.length === wanted.size && constraint.columns.every((column) => wanted.has(column)),
    ) ?? fail("42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification")
  );
}
