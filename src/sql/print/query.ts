// Queries to SQLite text. Every query answers columns named c1, c2 …
import type { Cte, FromNode, GroupingSets, OrderItem, Query, Select, SetOperation, Source, Values } from "../check/tree.ts";
import { fail, unsupported } from "../errors.ts";
import { sqliteName } from "../functions/define.ts";
import { GUARD } from "../functions/guards.ts";
import { typeByOid } from "../types/index.ts";
import { quoteText } from "./binds.ts";
import { noPosition, nulls, type Printer } from "./printer.ts";

const names = (query: Query): string[] => query.columns.map((_, at) => `c${at + 1}`);
const isKeyed = (type: number): boolean => typeByOid(type).key !== null;

export function printQuery(printer: Printer, query: Query): string {
  const ctes = printCtes(printer, query.ctes);
  const { body } = query;
  const text =
    body.kind === "select"
      ? printSelect(printer, query, body)
      : body.kind === "values"
        ? printValues(printer, query, body)
        : printSet(printer, query, body);
  return ctes + text;
}

export function printCtes(printer: Printer, ctes: readonly Cte[]): string {
  if (ctes.length === 0) return "";
  const parts = ctes.map((cte) => {
    const hint = cte.materialized === "always" ? "MATERIALIZED " : cte.materialized === "never" ? "NOT MATERIALIZED " : "";
    return `${cte.alias}(${names(cte.query).join(", ")}) AS ${hint}(${printQuery(printer, cte.query)})`;
  });
  return `WITH ${ctes.some((cte) => cte.recursive) ? "RECURSIVE " : ""}${parts.join(", ")} `;
}

export function printLimits(printer: Printer, query: Pick<Query, "limit" | "offset">): string {
  const count = (expression: Query["limit"], guard: string): string | null => {
    if (expression === null) return null;
    if (expression.kind === "constant" && expression.value !== null && Number(expression.value) >= 0)
      return String(expression.value);
    return `${guard}(${printer.expression(expression)})`;
  };
  const limit = count(query.limit, GUARD.limit);
  const offset = count(query.offset, GUARD.offset);
  if (offset !== null) return ` LIMIT ${limit ?? -1} OFFSET ${offset}`;
  return limit === null ? "" : ` LIMIT ${limit}`;
}

/** ORDER BY over output columns only. */
function orderByOutputs(printer: Printer, query: Query): string {
  if (query.order.length === 0) return "";
  const items = query.order.map((item) => {
    const column = item.output === null ? undefined : query.columns[item.output];
    if (column === undefined || item.output === null) return unsupported("ordering by an expression here");
    return `${printer.keyOf(column.type, `c${item.output + 1}`)}${item.descending ? " DESC" : " ASC"}${nulls(item)}`;
  });
  return ` ORDER BY ${items.join(", ")}`;
}

function printSelect(printer: Printer, query: Query, select: Select): string {
  if (select.distinctOn.length > 0) return printDistinctOn(printer, query, select);
  const targets = printTargets(printer, select);
  const rest = printFromOn(printer, select);
  const limits = printLimits(printer, query);
  if (select.distinct && select.targets.some((target) => isKeyed(target.expression.type))) {
    // Equal values may have different internal forms, so rows are told apart by their keys.
    const keys = query.columns.map((column, at) => printer.keyOf(column.type, `c${at + 1}`));
    return `SELECT ${names(query).join(", ")} FROM (SELECT ${targets}${rest}) GROUP BY ${keys.join(", ")}${orderByOutputs(printer, query)}${limits}`;
  }
  const order =
    query.order.length === 0
      ? ""
      : ` ORDER BY ${query.order.map((item) => orderItem(printer, item, select.distinct)).join(", ")}`;
  return `SELECT ${select.distinct ? "DISTINCT " : ""}${targets}${rest}${order}${limits}`;
}

function orderItem(printer: Printer, item: OrderItem, distinct: boolean): string {
  const { expression, output } = item;
  if (expression === null) return `c${(output ?? 0) + 1}${item.descending ? " DESC" : " ASC"}${nulls(item)}`;
  // Under the output's own name, so that it is not computed twice.
  if (output !== null && !isKeyed(expression.type) && (distinct || expression.kind !== "column")) {
    return `c${output + 1}${item.descending ? " DESC" : " ASC"}${nulls(item)}`;
  }
  return printer.sortItem(expression, item);
}

function printTargets(printer: Printer, select: Select): string {
  if (select.targets.length === 0) return "NULL AS c0";
  return select.targets.map((target, at) => `${printer.expression(target.expression)} AS c${at + 1}`).join(", ");
}

/** FROM to HAVING. */
function printFromOn(printer: Printer, select: Select): string {
  if (select.sets) return printSets(printer, select, select.sets);
  let text = printFromList(printer, select.from);
  if (select.where !== null) text += ` WHERE ${printer.expression(select.where)}`;
  if (select.group.length > 0) text += ` GROUP BY ${select.group.map((item) => noPosition(printer.key(item))).join(", ")}`;
  if (select.having !== null) {
    // SQLite wants an aggregate where there is no GROUP BY.
    text += ` HAVING ${select.group.length > 0 ? "" : "count(*) >= 0 AND "}${printer.expression(select.having)}`;
  }
  return text;
}

/** The same over grouping sets: see check/grouping-sets.ts. */
function printSets(printer: Printer, select: Select, { alias, list }: GroupingSets): string {
  const numbers = `(SELECT column1 AS n FROM (VALUES ${list.map((_, at) => `(${at})`).join(", ")})) AS ${alias}`;
  const from = printFromList(printer, select.from).replace(/^ FROM /, "");
  const rows = `((SELECT 1 AS p) AS ${alias}p${from === "" ? "" : ` JOIN ${from}`})`;
  const where = select.where === null ? "1" : printer.expression(select.where);
  const keys = select.group.map((item, at) => {
    const having = list.flatMap((set, index) => (set.includes(at) ? [index] : []));
    return printer.inSets(alias, having, printer.key(item));
  });
  const empty = list.flatMap((set, at) => (set.length === 0 ? [at] : []));
  const present = `(max(${alias}p.p) = 1 OR ${alias}.n IN (${empty.join(", ")}))`;
  const having = select.having === null ? present : `${present} AND ${printer.expression(select.having)}`;
  return ` FROM ${numbers} LEFT JOIN ${rows} ON ${where} GROUP BY ${[`${alias}.n`, ...keys].join(", ")} HAVING ${having}`;
}

/** Chains of inner and left joins mean the same with and without parentheses, and only without do they see items to their left. */
function needsParentheses(node: FromNode): boolean {
  if (node.kind === "source") return false;
  return node.join === "right" || node.join === "full" || needsParentheses(node.left) || needsParentheses(node.right);
}

export function printFromList(printer: Printer, from: readonly FromNode[]): string {
  if (from.length === 0) return "";
  const parts = from.map((node) =>
    from.length > 1 && needsParentheses(node) ? `(${printFromNode(printer, node)})` : printFromNode(printer, node),
  );
  return ` FROM ${parts.join(", ")}`;
}

const JOINS = { inner: "JOIN", left: "LEFT JOIN", right: "RIGHT JOIN", full: "FULL JOIN", cross: "JOIN" } as const;

export function printFromNode(printer: Printer, node: FromNode): string {
  if (node.kind === "source") return printSource(printer, node.source);
  const right = node.right.kind === "join" ? `(${printFromNode(printer, node.right)})` : printFromNode(printer, node.right);
  const on = node.on === null ? (node.join === "cross" ? "" : " ON 1") : ` ON ${printer.expression(node.on)}`;
  return `${printFromNode(printer, node.left)} ${JOINS[node.join]} ${right}${on}`;
}

function printSource(printer: Printer, source: Source): string {
  const { alias } = source;
  switch (source.kind) {
    case "table":
      return printer.table(source);
    case "query":
      if (source.lateral === true) return `${lateralRows(printer, source.query)} AS ${alias}`;
      return `(${printQuery(printer, source.query)}) AS ${alias}`;
    case "cte":
      return `${source.cte.alias} AS ${alias}`;
    case "system":
    case "fetched":
      printer.rowSources.push(source);
      return `r_${alias} AS ${alias}`;
    case "function": {
      const types = quoteText(
        JSON.stringify({ args: source.args.map((arg) => arg.type), returns: source.columns[0]?.type ?? 0 }),
      );
      const args = source.args.map((arg) => printer.expression(arg));
      return `${sqliteName(source.fn)}(${[types, ...args].join(", ")}) AS ${alias}`;
    }
  }
}

/**
 * SQLite has no LATERAL, but a table-valued function's arguments may refer to what stands to its left: the subquery's rows go
 * through JSON. Text is concatenated with nothing, so that text which is JSON stays text.
 */
function lateralRows(printer: Printer, query: Query): string {
  const inner = printQuery(printer, query);
  const values = query.columns.map((column, at) => {
    const name = `c${at + 1}`;
    const { storage } = typeByOid(column.type);
    return storage === "blob" ? `iif(${name} IS NULL, NULL, hex(${name}))` : storage === "text" ? `${name} || ''` : name;
  });
  return `json_each((SELECT json_group_array(json_array(${values.join(", ")})) FROM (${inner})))`;
}

const COLUMNS = "id, from_seq, kind, expires, body";

/** A table's rows: those stored and not expired, those of the transaction's own over them, or one row handed over. */
export function tableText(printer: Printer, source: Extract<Source, { kind: "table" }>): string {
  const { table, given } = source;
  if (given !== null) {
    const part = (name: "id" | "from" | "kind" | "expires" | "body"): string =>
      printer.binds.mark({ kind: "given", row: given, part: name });
    return `SELECT ${part("id")} AS id, ${part("from")} AS from_seq, ${part("kind")} AS kind, ${part("expires")} AS expires, ${part("body")} AS body`;
  }
  const relation = printer.options.relation(table);
  const overlaid = printer.options.overlaid.has(table.name);
  const overlay = overlaid ? printer.binds.mark({ kind: "overlay", table: table.name }) : "";
  // [id, kind, expires, body], or [id] for a deleted one.
  const own = `SELECT value ->> 0 AS id, -1 AS from_seq, value ->> 1 AS kind, value ->> 2 AS expires, value ->> 3 AS body FROM json_each(${overlay}) WHERE json_array_length(value) > 1`;
  if (relation === null)
    return overlaid ? own : `SELECT NULL AS id, 0 AS from_seq, 0 AS kind, 0 AS expires, NULL AS body WHERE 0`;
  const conditions = [
    ...(relation.where === "" ? [] : [relation.where.replaceAll("%s", relation.from)]),
    `(expires = 0 OR expires > ${printer.binds.mark({ kind: "expiry" })})`,
    ...(overlaid ? [`id NOT IN (SELECT value ->> 0 FROM json_each(${overlay}))`] : []),
  ];
  const stored = `SELECT ${COLUMNS} FROM ${relation.from} WHERE ${conditions.join(" AND ")}`;
  return overlaid ? `${stored} UNION ALL ${own}` : stored;
}

function printDistinctOn(printer: Printer, query: Query, select: Select): string {
  if (select.grouped) return unsupported("DISTINCT ON with GROUP BY");
  const order = query.order.map((item) => item.expression ?? fail("58000", "internal error: an order item without expression"));
  const keys = order.map((expression, at) => `${printer.key(expression)} AS o${at + 1}`);
  const partition = select.distinctOn.map((item) => noPosition(printer.key(item))).join(", ");
  const sorted = query.order
    .map((item, at) => printer.sortItem(order[at] ?? fail("58000", "internal error: order"), item))
    .join(", ");
  const rank = `row_number() OVER (PARTITION BY ${partition}${sorted === "" ? "" : ` ORDER BY ${sorted}`}) AS rn`;
  const inner = `SELECT ${[printTargets(printer, select), ...keys, rank].join(", ")}${printFromOn(printer, select)}`;
  const outer = query.order.map((item, at) => `o${at + 1}${item.descending ? " DESC" : " ASC"}${nulls(item)}`).join(", ");
  return `SELECT ${names(query).join(", ")} FROM (${inner}) WHERE rn = 1${outer === "" ? "" : ` ORDER BY ${outer}`}${printLimits(printer, query)}`;
}

function printValues(printer: Printer, query: Query, values: Values): string {
  const rows = values.rows.map((row) => `(${row.map((item) => printer.expression(item)).join(", ")})`);
  const columns = query.columns.map((_, at) => `column${at + 1} AS c${at + 1}`);
  return `SELECT ${columns.join(", ")} FROM (VALUES ${rows.join(", ")})${orderByOutputs(printer, query)}${printLimits(printer, query)}`;
}

/** An operand of a compound: bare where SQLite takes it so, else wrapped. */
function operand(printer: Printer, query: Query): string {
  const simple =
    query.body.kind === "select" &&
    query.ctes.length === 0 &&
    query.order.length === 0 &&
    query.limit === null &&
    query.offset === null &&
    query.body.distinctOn.length === 0;
  const text = printQuery(printer, query);
  return simple ? text : `SELECT ${names(query).join(", ")} FROM (${text})`;
}

function printSet(printer: Printer, query: Query, set: SetOperation): string {
  const columns = names(query);
  const left = operand(printer, set.left);
  const right = operand(printer, set.right);
  const keyed = query.columns.some((column) => isKeyed(column.type));
  let text: string;
  if (set.operator === "union" && set.all) text = `${left} UNION ALL ${right}`;
  else if (!set.all && !keyed) text = `${left} ${set.operator.toUpperCase()} ${right}`;
  else if (!set.all) {
    // By keys: which sides a group of equal rows came from decides.
    const sides = `SELECT 1 AS side, ${columns.join(", ")} FROM (${left}) UNION ALL SELECT 2, ${columns.join(", ")} FROM (${right})`;
    const keys = query.columns.map((column, at) => printer.keyOf(column.type, `c${at + 1}`));
    const having =
      set.operator === "union"
        ? ""
        : set.operator === "intersect"
          ? " HAVING min(side) = 1 AND max(side) = 2"
          : " HAVING max(side) = 1";
    text = `SELECT ${columns.join(", ")} FROM (${sides}) GROUP BY ${keys.join(", ")}${having}`;
  } else if (keyed) text = unsupported(`${set.operator.toUpperCase()} ALL over such columns`);
  else {
    // Numbering equal rows makes each of them distinct.
    const numbered = (side: string): string =>
      `SELECT ${columns.join(", ")}, row_number() OVER (PARTITION BY ${columns.join(", ")}) AS rn FROM (${side})`;
    text = `SELECT ${columns.join(", ")} FROM (${numbered(left)} ${set.operator.toUpperCase()} ${numbered(right)})`;
  }
  if (query.order.length === 0 && query.limit === null && query.offset === null) return text;
  return `SELECT ${columns.join(", ")} FROM (${text})${orderByOutputs(printer, query)}${printLimits(printer, query)}`;
}
