// A parsed statement to a plan: which kind it is, checked, ready to run.
import type { Node } from "libpg-query";
import type { TableInfo } from "../../state/store.ts";
import { Checker, type Surroundings } from "../check/checker.ts";
import { checkQuery, settleOutputs } from "../check/query.ts";
import { Scope } from "../check/scope.ts";
import { type Expression, Parameters, type Query, type Source } from "../check/tree.ts";
import type { SqlColumn, SqlText } from "../contract.ts";
import { fail, unsupported } from "../errors.ts";
import { Change } from "../execute/change.ts";
import { Compound, type CompoundPlan, type ModifyingPlan } from "../execute/compound.ts";
import type { Plan, PlanStatement, StatementRun } from "../execute/contract.ts";
import { FETCHED } from "../execute/fetched.ts";
import { Insert } from "../execute/insert.ts";
import { PointRead } from "../execute/point-read.ts";
import { Select } from "../execute/select.ts";
import type { WriteParts } from "../execute/write.ts";
import { tableOid } from "../relations.ts";
import { planCreateTable, planDrop, planTruncate } from "../statements/ddl.ts";
import { planExplain } from "../statements/explain.ts";
import { OID, typeByOid } from "../types/index.ts";
import { planDelete, planUpdate } from "./change.ts";
import { planInsert } from "./insert.ts";
import { planMerge } from "./merge.ts";
import { isSmall } from "./point.ts";

/** The wire's description of a query's columns. */
export function describe(query: Query): SqlColumn[] {
  return query.columns.map((column, at): SqlColumn => {
    const type = typeByOid(column.type);
    const origin = query.body.kind === "select" ? originOf(query.body.targets[at]?.expression) : null;
    return {
      name: column.name,
      typeOid: column.type,
      typmod: column.typmod,
      typeLength: type.length,
      tableOid: origin?.oid ?? 0,
      attribute: origin?.attribute ?? 0,
    };
  });
}

/** The table column an output is, if it is one. */
function originOf(expression: Expression | undefined): { oid: number; attribute: number } | null {
  if (expression?.kind !== "column") return null;
  const source: Source = expression.source;
  if (source.kind === "system") return { oid: source.relation.oid, attribute: expression.index + 1 };
  if (source.kind !== "table") return null;
  const attribute = source.columns[expression.index]?.attribute ?? 0;
  return attribute === 0 || source.table.tid === 0 ? null : { oid: tableOid(source.table.tid), attribute };
}

function isCurrent(tables: ReadonlyMap<string, TableInfo | undefined>): Plan["isCurrent"] {
  let last: unknown = null;
  return (catalog) => {
    if (catalog === last) return true;
    for (const [name, table] of tables) if (catalog.tables.get(name) !== table) return false;
    last = catalog;
    return true;
  };
}

/** Parameters nobody could type. */
function parameterTypes(parameters: Parameters): number[] {
  return parameters.oids.map((oid, at) =>
    oid === 0 || oid === OID.unknown ? fail("42P18", `could not determine data type of parameter $${at + 1}`) : oid,
  );
}

export const planStatement: PlanStatement = (parsed, around, parameterOids) => {
  const surroundings: Surroundings = {
    catalog: around.catalog(),
    relations: around.relations,
    database: around.tenant.name,
    fetched: FETCHED,
    fieldColumns: around.fieldColumns,
  };
  const checker = new Checker(surroundings, new Parameters(parameterOids));
  const { node } = parsed;
  const parts: CompoundPlan["parts"][number][] = [];
  checker.modify = (statement, cte, scope) => {
    const plan = planModifying(statement, checker, scope) ?? unsupported("this statement in WITH");
    parts.push({ cte, plan });
    return plan.kind === "merge" ? null : (plan.returning?.query ?? null);
  };
  if ("SelectStmt" in node) {
    const outer = new Scope(null);
    outer.root = true;
    const query = settleOutputs(checkQuery(node, outer, checker, true), checker);
    return parts.length === 0 ? selectPlan(query, checker) : compoundPlan({ parts, main: { kind: "select", query } }, checker);
  }
  const main = planModifying(node, checker, null);
  if (main !== null) {
    const whole = parts.length > 0 || main.kind === "merge" || main.returning?.reads === true;
    if (whole) return compoundPlan({ parts, main }, checker);
    return main.kind === "insert" ? insertPlan(main, checker) : changePlan(main, checker);
  }
  if ("CreateStmt" in node) return planCreateTable(node.CreateStmt, surroundings);
  if ("DropStmt" in node) return planDrop(node.DropStmt);
  if ("TruncateStmt" in node) return planTruncate(node.TruncateStmt);
  if ("ExplainStmt" in node)
    return planExplain(node.ExplainStmt, (inner) => planStatement({ ...parsed, node: inner }, around, parameterOids));
  const [kind = "statement"] = Object.keys(node);
  return unsupported(STATEMENTS[kind] ?? statementName(kind));
};

/** Statements whose node is not called as they are. */
const STATEMENTS: Readonly<Record<string, string>> = {
  IndexStmt: "CREATE INDEX",
  ViewStmt: "CREATE VIEW",
  CreateSchemaStmt: "CREATE SCHEMA",
  CreateSeqStmt: "CREATE SEQUENCE",
  CreateFunctionStmt: "CREATE FUNCTION",
  CreateTableAsStmt: "CREATE TABLE AS",
  CreateTrigStmt: "CREATE TRIGGER",
  CreateRoleStmt: "CREATE ROLE",
  CreateEnumStmt: "CREATE TYPE",
  CompositeTypeStmt: "CREATE TYPE",
  CreateDomainStmt: "CREATE DOMAIN",
  CreateExtensionStmt: "CREATE EXTENSION",
  CreatedbStmt: "CREATE DATABASE",
  DropdbStmt: "DROP DATABASE",
  RenameStmt: "ALTER … RENAME",
  GrantStmt: "GRANT and REVOKE",
  DeclareCursorStmt: "DECLARE CURSOR",
  FetchStmt: "FETCH",
  LockStmt: "LOCK TABLE",
  DoStmt: "DO",
  CallStmt: "CALL",
  PrepareStmt: "PREPARE",
  ExecuteStmt: "EXECUTE",
  CommentStmt: "COMMENT",
};

/** `AlterTableStmt` as `ALTER TABLE`. */
function statementName(kind: string): string {
  return kind
    .replace(/Stmt$/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toUpperCase();
}

/** INSERT, UPDATE, DELETE and MERGE; null for anything else. */
function planModifying(node: Node, checker: Checker, outer: Scope | null): ModifyingPlan | null {
  if ("InsertStmt" in node) return planInsert(node.InsertStmt, checker, outer);
  if ("UpdateStmt" in node) return planUpdate(node.UpdateStmt, checker, outer);
  if ("DeleteStmt" in node) return planDelete(node.DeleteStmt, checker, outer);
  return "MergeStmt" in node ? planMerge(node.MergeStmt, checker, outer) : null;
}

function readTables(checker: Checker): TableInfo[] {
  return [...checker.tables.values()].filter((table) => table !== undefined);
}

export interface SelectPlan extends Plan {
  readonly select: Select;
}

function selectPlan(query: Query, checker: Checker): SelectPlan {
  const parameterOids = parameterTypes(checker.parameters);
  const columns = describe(query);
  // What changes the session runs where the session is, even over the rows of a system relation.
  const ownSession = checker.changesSession && checker.tables.size === 0;
  const small = ownSession || (!checker.heavy && isSmall(query));
  if (checker.changesSession && !small) unsupported("set_config in a statement that reads tables");
  const select = new Select({
    query,
    columns,
    parameterOids,
    tables: readTables(checker),
    small,
    usesCatalog: checker.usesCatalog,
  });
  return {
    parameterOids,
    modified: checker.parameters.modified,
    columns,
    access: "read",
    isCurrent: isCurrent(checker.tables),
    select,
    run: (run: StatementRun, parameters: readonly SqlText[]) => select.run(run, parameters),
    point: PointRead.of(query, parameterOids),
    ...(small ? { runNow: (run: StatementRun, parameters: readonly SqlText[]) => select.runNow(run, parameters) } : {}),
  };
}

/** What plans that change documents share; `columns` are RETURNING's. */
function writeParts(checker: Checker): WriteParts {
  return {
    parameterOids: parameterTypes(checker.parameters),
    tables: readTables(checker),
    heavy: checker.heavy,
    usesCatalog: checker.usesCatalog,
    rowsMaximum: ROWS_MAXIMUM,
  };
}

/** Rows one statement may change: what one transaction may. */
const ROWS_MAXIMUM = 1_000_000;

function insertPlan(plan: ReturnType<typeof planInsert>, checker: Checker): Plan {
  const parts = writeParts(checker);
  const columns = plan.returning === null ? null : describe(plan.returning.query);
  const insert = new Insert(plan, parts);
  return {
    parameterOids: parts.parameterOids,
    modified: checker.parameters.modified,
    columns,
    access: "write",
    isCurrent: isCurrent(checker.tables),
    run: (run, parameters) => insert.run(run, parameters, columns),
  };
}

function compoundPlan(plan: CompoundPlan, checker: Checker): Plan {
  const parts = writeParts(checker);
  const { main } = plan;
  const query = main.kind === "select" ? main.query : main.kind === "merge" ? null : (main.returning?.query ?? null);
  const columns = query === null ? null : describe(query);
  const compound = new Compound(plan, parts, checker.unbounded);
  return {
    parameterOids: parts.parameterOids,
    modified: checker.parameters.modified,
    columns,
    access: "write",
    isCurrent: isCurrent(checker.tables),
    run: (run, parameters) => compound.run(run, parameters, columns),
  };
}

function changePlan(plan: ReturnType<typeof planUpdate>, checker: Checker): Plan {
  const parts = writeParts(checker);
  const columns = plan.returning === null ? null : describe(plan.returning.query);
  const change = new Change(plan, parts);
  return {
    parameterOids: parts.parameterOids,
    modified: checker.parameters.modified,
    columns,
    access: "write",
    isCurrent: isCurrent(checker.tables),
    run: (run, parameters) => change.run(run, parameters, columns),
  };
}
