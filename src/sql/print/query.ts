// Queries to SQLite text. Every query answers columns named c1, c2 …
import { visitDeep } from "../check/grouping.ts";
import type {
  Cte,
  Expression,
  FromNode,
  GroupingSets,
  OrderItem,
  Query,
  Select,
  SetOperation,
  Source,
  Values,
} from "../check/tree.ts";
import { fail, unsupported } from "../errors.ts";
import { sqliteName } from "../functions/define.ts";
import { GUARD } from "../functions/guards.ts";
import { typeByOid } from "../types/index.ts";
import { quoteText } from "./binds.ts";
import { noPosition, nulls, type Printer } from "./printer.ts";

/** A query without columns (`SELECT FROM t`) has one that nobody sees. */
const names = (query: Query): string[] => (query.columns.length === 0 ? ["c0"] : query.columns.map((_, at) => `c${at + 1}`));
const isKeyed = (type: number): boolean => typeByOid(type).key !== null;

export function printQuery(printer: Printer, query: Query): string {
  const ctes = printCtes(printer, query.ctes);
  const { body } = query;
  const text = query.ties
    ? printTies(printer, query)
    : body.kind === "select"
      ? printSelect(printer, query, body)
      : body.kind === "values"
        ? printValues(printer, query, body)
        : printSet(printer, query, body);
  return ctes + text;
}

export function printCtes(printer: Printer, ctes: readonly Cte[]): string {
  if (ctes.length === 0) return "";
  const parts = ctes.map((cte) => {
    if (cte.handedOver === true) return handedOver(printer, cte);
    const hint = cte.materialized === "always" ? "MATERIALIZED " : cte.materialized === "never" ? "NOT MATERIALIZED " : "";
    return `${cte.alias}(${names(cte.query).join(", ")}) AS ${hint}(${printQuery(printer, cte.query)})`;
  });
  return `WITH ${ctes.some((cte) => cte.recursive) ? "RECURSIVE " : ""}${parts.join(", ")} `;
}

/** Rows that come as a JSON array of arrays, blobs in hexadecimal. */
function handedOver(printer: Printer, { alias, query }: Cte): string {
  const columns = query.columns.map((column, at) => {
    const value = `value ->> ${at}`;
    return typeByOid(column.type).storage === "blob" ? `unhex(${value})` : value;
  });
  const list = columns.length === 0 ? "" : `(${names(query).join(", ")})`;
  const rows = printer.binds.mark({ kind: "returned", name: alias });
  return `${alias}${list} AS MATERIALIZED (SELECT ${columns.length === 0 ? "1" : columns.join(", ")} FROM json_each(${rows}))`;
}

/** SQLite would copy a column's expression to each place that names it: a volatile one gave another value each time. */
function once(printer: Printer, query: Query, alias: string): string {
  return `WITH ${alias}v(${names(query).join(", ")}) AS MATERIALIZED (${printQuery(printer, query)}) SELECT * FROM ${alias}v`;
}

/** The number of a LIMIT or OFFSET; null where there is none. */
function countText(printer: Printer, expression: Query["limit"], guard: string): string | null {
  if (expression === null) return null;
  if (expression.kind === "constant" && expression.value !== null && Number(expression.value) >= 0)
    return String(expression.value);
  return `${guard}(${printer.expression(expression)})`;
}

export function printLimits(printer: Printer, query: Pick<Query, "limit" | "offset">): string {
  const limit = countText(printer, query.limit, GUARD.limit);
  const offset = countText(printer, query.offset, GUARD.offset);
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
  if (select.distinctOn.length > 0) {
    const rows = distinctOnRows(printer, query, select);
    return `SELECT ${names(query).join(", ")} FROM (${rows})${orderByKeys(query)}${printLimits(printer, query)}`;
  }
  const targets = printTargets(printer, select);
  const rest = printFromOn(printer, select);
  if (select.having !== null && select.group.length === 0 && !select.sets) {
    // SQLite takes HAVING without GROUP BY only beside an aggregate in the list.
    const row = `SELECT ${targets}, ${printer.expression(select.having)} AS hv, count(*) AS hn${rest}`;
    return `SELECT ${names(query).join(", ")} FROM (${row}) WHERE hv${printLimits(printer, query)}`;
  }
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
  if (select.having !== null && select.group.length > 0) text += ` HAVING ${printer.expression(select.having)}`;
  return text;
}

/** The same over grouping sets: see check/grouping-sets.ts. */
function printSets(printer: Printer, select: Select, { alias, list }: GroupingSets): string {
  const numbers = `(SELECT column1 AS n FROM (VALUES ${list.map((_, at) => `(${at})`).join(", ")})) AS ${alias}`;
  const [only] = select.from;
  const list_ = printFromList(printer, select.from).replace(/^ FROM /, "");
  // The one row of p belongs to the rows of an outer join, not to its left side.
  const from = select.from.length === 1 && only !== undefined && needsParentheses(only) ? `(${list_})` : list_;
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
      return `(${source.volatile === true ? once(printer, source.query, alias) : printQuery(printer, source.query)}) AS ${alias}`;
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

/** ORDER BY o1, o2 …: the keys of a query printed with them. */
function orderByKeys(query: Query): string {
  if (query.order.length === 0) return "";
  return ` ORDER BY ${query.order.map((item, at) => `o${at + 1}${item.descending ? " DESC" : " ASC"}${nulls(item)}`).join(", ")}`;
}

/** A SELECT's targets with its sort keys as o1, o2 … */
function keyedTargets(printer: Printer, query: Query, select: Select): string {
  const keys = query.order.map((item, at) => {
    const expression = item.expression ?? fail("58000", "internal error: an order item without expression");
    return `${printer.key(expression)} AS o${at + 1}`;
  });
  return [printTargets(printer, select), ...keys].join(", ");
}

/** The first row of each group of DISTINCT ON, with its sort keys. */
function distinctOnRows(printer: Printer, query: Query, select: Select): string {
  const groups = select.distinctOn.map((item, at) => `${printer.key(item)} AS d${at + 1}`);
  const inner = `SELECT ${[keyedTargets(printer, query, select), ...groups].join(", ")}${printFromOn(printer, select)}`;
  const partition = groups.map((_, at) => `d${at + 1}`).join(", ");
  const rank = `row_number() OVER (PARTITION BY ${partition}${orderByKeys(query)}) AS rn`;
  return `SELECT * FROM (SELECT *, ${rank} FROM (${inner})) WHERE rn = 1`;
}

/** WITH TIES: rows up to the limit, and those that sort equal to the last of them. */
function printTies(printer: Printer, query: Query): string {
  const { body } = query;
  const columns = names(query);
  let rows: string;
  if (body.kind === "select" && body.distinctOn.length > 0) rows = distinctOnRows(printer, query, body);
  else if (body.kind === "select" && !body.distinct)
    rows = `SELECT ${keyedTargets(printer, query, body)}${printFromOn(printer, body)}`;
  else {
    const plain = printQuery(printer, { ...query, ctes: [], order: [], limit: null, offset: null, ties: false });
    const keys = query.order.map((item, at) => {
      const output = item.output ?? fail("58000", "internal error: ordering by an expression that is not shown");
      return `${printer.keyOf(query.columns[output]?.type ?? 0, `c${output + 1}`)} AS o${at + 1}`;
    });
    rows = `SELECT ${[...columns, ...keys].join(", ")} FROM (${plain})`;
  }
  const limit = countText(printer, query.limit, GUARD.limit) ?? "-1";
  const offset = countText(printer, query.offset, GUARD.offset) ?? "0";
  const order = orderByKeys(query);
  const ranked = `SELECT *, row_number() OVER (${order}) AS tn, rank() OVER (${order}) AS tr FROM (${rows})`;
  return `SELECT ${columns.join(", ")} FROM (${ranked}) WHERE tn > ${offset} AND (${limit} < 0 OR (${limit} > 0 AND tr <= ${offset} + ${limit})) ORDER BY tn`;
}

function printValues(printer: Printer, query: Query, values: Values): string {
  const names_ = names(query);
  const limited = `${orderByOutputs(printer, query)}${printLimits(printer, query)}`;
  // SQLite cannot name the columns of VALUES that refer to a row outside.
  if (values.rows.some((row) => row.some(readsRow))) {
    if (values.rows.length > COMPOUND_MAXIMUM)
      unsupported(`VALUES of more than ${COMPOUND_MAXIMUM} rows that refer to another table`);
    const terms = values.rows.map(
      (row) => `SELECT ${row.map((item, at) => `${printer.expression(item)} AS ${names_[at]}`).join(", ")}`,
    );
    return limited === ""
      ? terms.join(" UNION ALL ")
      : `SELECT ${names_.join(", ")} FROM (${terms.join(" UNION ALL ")})${limited}`;
  }
  const rows = values.rows.map((row) => `(${row.map((item) => printer.expression(item)).join(", ")})`);
  const columns = query.columns.map((_, at) => `column${at + 1} AS c${at + 1}`);
  return `SELECT ${columns.join(", ")} FROM (VALUES ${rows.join(", ")})${limited}`;
}

/** Terms of a compound SELECT that SQLite takes. */
const COMPOUND_MAXIMUM = 500;

function readsRow(expression: Expression): boolean {
  let reads = false;
  visitDeep(expression, (part) => (reads ||= part.kind === "column" || part.kind === "row-of" || part.kind === "element"));
  return reads;
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

/** Terms of one compound; SQLite takes 500. */
const TERMS = 400;

const isBare = (query: Query): boolean =>
  query.ctes.length === 0 && query.order.length === 0 && query.limit === null && query.offset === null;

/** Whether a set operation is printed as SQLite's own. */
function isNative(query: Query, set: SetOperation): boolean {
  if (set.operator === "union" && set.all) return true;
  return !set.all && !query.columns.some((column) => isKeyed(column.type));
}

/** SQLite's compounds bind from left to right, as PostgreSQL reads a chain of unions, so the left side needs no wrapping. */
function leftOperand(printer: Printer, query: Query): string {
  const { body } = query;
  if (body.kind !== "set" || !isBare(query) || !isNative(query, body)) return operand(printer, query);
  const text = printSet(printer, query, body);
  return termsOf(query) % TERMS === 0 ? `SELECT ${names(query).join(", ")} FROM (${text})` : text;
}

/** How many queries a chain has, counted along its left sides. */
function termsOf(query: Query): number {
  let terms = 1;
  for (let at = query; at.body.kind === "set" && isBare(at) && isNative(at, at.body); at = at.body.left) terms++;
  return terms;
}

function printSet(printer: Printer, query: Query, set: SetOperation): string {
  const columns = names(query);
  const left = leftOperand(printer, set.left);
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
  } else if (keyed) {
    // The same by keys; within a group equal rows are numbered on each side, so that each pairs with one of the other.
    const sides = `SELECT 1 AS side, ${columns.join(", ")} FROM (${left}) UNION ALL SELECT 2, ${columns.join(", ")} FROM (${right})`;
    const keys = query.columns.map((column, at) => `${printer.keyOf(column.type, `c${at + 1}`)} AS k${at + 1}`);
    const groups = keys.map((_, at) => `k${at + 1}`).join(", ");
    const numbered = `SELECT *, row_number() OVER (PARTITION BY side, ${groups}) AS rn FROM (SELECT *, ${keys.join(", ")} FROM (${sides}))`;
    const having = set.operator === "intersect" ? "count(*) = 2" : "max(side) = 1";
    text = `SELECT ${columns.join(", ")} FROM (${numbered}) GROUP BY ${groups}, rn HAVING ${having}`;
  } else {
    // Numbering equal rows makes each of them distinct.
    const numbered = (side: string): string =>
      `SELECT ${columns.join(", ")}, row_number() OVER (PARTITION BY ${columns.join(", ")}) AS rn FROM (${side})`;
    text = `SELECT ${columns.join(", ")} FROM (${numbered(left)} ${set.operator.toUpperCase()} ${numbered(right)})`;
  }
  if (query.order.length === 0 && query.limit === null && query.offset === null) return text;
  return `SELECT ${columns.join(", ")} FROM (${text})${orderByOutputs(printer, query)}${printLimits(printer, query)}`;
}
