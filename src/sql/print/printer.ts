// The checked tree to SQLite text. One Printer prints one statement.

import { KIND } from "../../log/entry.ts";
import type { Relation, TableInfo } from "../../state/store.ts";
import { keyText, outputText } from "../casts.ts";
import type {
  Aggregate,
  Call,
  ColumnReference,
  Comparison,
  Expression,
  FetchedSource,
  Frame,
  FrameBound,
  Logical,
  Query,
  RowComparison,
  SortItem,
  Source,
  SystemSource,
  TableSource,
  Window,
} from "../check/tree.ts";
import { MOMENTS } from "../check/window.ts";
import { columnsOf as storedColumns } from "../columns.ts";
import { unsupported } from "../errors.ts";
import { type SqlFunction, sqliteName } from "../functions/define.ts";
import { GUARD } from "../functions/guards.ts";
import { OID, type SqlType, typeByOid } from "../types/index.ts";
import { type Bind, Binds, quoteText } from "./binds.ts";
import { arrayText, FLAT, gathered } from "./long.ts";
import { printQuery, tableText } from "./query.ts";

export interface PrintOptions {
  /** How to read a table's current documents; null: it exists only in this transaction. */
  relation(table: TableInfo): Relation | null;
  /** Tables the transaction changed, whose rows must be laid over the stored ones. */
  readonly overlaid: ReadonlySet<string>;
  /** Expressions computed before, by the index under which the caller binds them. */
  readonly carried?: ReadonlyMap<Expression, number>;
}

export interface Printed {
  readonly sql: string;
  readonly binds: readonly Bind[];
  /** Relations whose rows must be handed over, in the order of their `rows` binds. */
  readonly rowSources: readonly (SystemSource | FetchedSource)[];
}

const TEXT_KEYED: ReadonlySet<number> = new Set([OID.text, OID.varchar, OID.name, OID.uuid, OID.char]);

/**
 * An expression to group or sort by. One without columns may be folded to a number, which SQLite would take for the position of an
 * output; a call is never folded.
 */
export const noPosition = (sql: string): string => (/\b[a-z_]+\d+\./.test(sql) ? sql : `coalesce(${sql}, NULL)`);

export class Printer {
  readonly options: PrintOptions;
  readonly binds = new Binds();
  readonly rowSources: (SystemSource | FetchedSource)[] = [];
  /** Columns of row sources that are read, so that only those are unpacked. */
  readonly used = new Map<Source, Set<number>>();
  readonly #elements = new Map<string, string>();

  constructor(options: PrintOptions) {
    this.options = options;
  }

  finish(text: string): Printed {
    const ctes = this.rowSources.map((source, index) => this.#rowsText(source, index));
    const whole =
      ctes.length === 0
        ? text
        : text.startsWith("WITH ")
          ? text.replace(/^WITH (RECURSIVE )?/, (start) => `${start}${ctes.join(", ")}, `)
          : `WITH ${ctes.join(", ")} ${text}`;
    return { ...this.binds.finish(whole), rowSources: this.rowSources };
  }

  /** Rows come as a JSON array of arrays; only the columns in use are taken out. */
  #rowsText(source: SystemSource | FetchedSource, index: number): string {
    const used = [...(this.used.get(source) ?? [])].sort((a, b) => a - b);
    const columns = used.length === 0 ? ["c0"] : used.map((column) => `c${column + 1}`);
    const values = used.length === 0 ? ["1"] : used.map((column) => `value ->> ${column}`);
    return `r_${source.alias}(${columns.join(", ")}) AS MATERIALIZED (SELECT ${values.join(", ")} FROM json_each(${this.binds.mark({ kind: "rows", index })}))`;
  }

  /** A table as a FROM item. */
  table(source: TableSource): string {
    return `(${tableText(this, source)}) AS ${source.alias}`;
  }

  expression(expression: Expression): string {
    const carried = this.options.carried?.get(expression);
    if (carried !== undefined) return this.binds.mark({ kind: "carried", index: carried });
    switch (expression.kind) {
      case "constant":
        return this.#constant(expression.type, expression.value);
      case "parameter":
        return this.binds.mark({ kind: "parameter", number: expression.number });
      case "supplied":
        return this.binds.mark({ kind: "supplied", name: expression.name });
      case "column":
        return this.column(expression);
      case "row-of":
        return this.#wholeRow(expression.source);
      case "call":
        return this.#call(expression);
      case "convert":
        return expression.print(this.expression(expression.arg));
      case "and":
      case "or":
        return this.#chain(expression);
      case "not":
        return `(NOT ${this.expression(expression.arg)})`;
      case "test":
        return this.#test(expression.arg, expression.wanted, expression.negated);
      case "compare":
        return this.#compare(expression);
      case "compare-rows":
        return this.#compareRows(expression);
      case "case": {
        const branches = expression.branches.map(
          ({ when, result }) => `WHEN ${this.expression(when)} THEN ${this.expression(result)}`,
        );
        const otherwise = expression.otherwise === null ? "" : ` ELSE ${this.expression(expression.otherwise)}`;
        return `(CASE ${branches.join(" ")}${otherwise} END)`;
      }
      case "coalesce":
        return expression.args.length === 1
          ? this.expression(expression.args[0] ?? expression)
          : `coalesce(${expression.args.map((arg) => this.expression(arg)).join(", ")})`;
      case "greatest":
      case "least": {
        const args = expression.args.map((arg) => this.expression(arg)).join(", ");
        return `pg_extreme(${expression.type}, ${expression.kind === "greatest" ? 1 : 0}, ${args})`;
      }
      case "in": {
        const items = expression.items.map((item) => this.#comparable(item, expression.left));
        return `(${this.#comparableLeft(expression.left)} ${expression.negated ? "NOT IN" : "IN"} (${items.join(", ")}))`;
      }
      case "element":
        return this.#elements.get(expression.name) ?? unsupported("this use of a quantified comparison");
      case "any-array":
        return this.#anyArray(expression);
      case "any-query":
        return this.#anyQuery(expression);
      case "subquery":
        return this.#subquery(expression.form, expression.query);
      case "array": {
        const type = typeByOid(expression.type);
        const nested = expression.items.some((item) => typeByOid(item.type).category === "A") ? 1 : 0;
        const items = expression.items.map((item) => this.expression(item));
        return arrayText(type.elementOid, nested, items);
      }
      case "row":
        return this.#record(expression.items.map((item, at) => [expression.names[at] ?? "", item.type, this.expression(item)]));
      case "aggregate":
        return this.#aggregate(expression);
      case "grouping":
        return this.#grouping(expression.values ?? [], expression.alias);
      case "grouped": {
        const value = this.expression(expression.arg);
        return expression.sets === null ? value : this.inSets(expression.alias, expression.sets, value);
      }
      case "present":
        return `${expression.alias}p.p`;
      case "window":
        return this.#window(expression);
    }
  }

  /** AND and OR: long ones as a tree that is as deep as its logarithm, since SQLite takes only so deep a one. */
  #chain({ kind, args }: Logical): string {
    const word = kind === "and" ? " AND " : " OR ";
    const parts = (args.length > FLAT && kind === "or" ? gathered(args) : args).map((arg) => this.expression(arg));
    const tree = (from: number, to: number): string => {
      if (to - from <= FLAT) return `(${parts.slice(from, to).join(word)})`;
      const middle = (from + to) >> 1;
      return `(${tree(from, middle)}${word}${tree(middle, to)})`;
    };
    return tree(0, parts.length);
  }

  #constant(type: number, value: Extract<Expression, { kind: "constant" }>["value"]): string {
    if (value === null) return "NULL";
    if (Buffer.isBuffer(value)) return `x'${value.toString("hex")}'`;
    if (typeof value === "string")
      return value.includes("\u0001") ? this.binds.mark({ kind: "constant", value }) : quoteText(value);
    if (typeByOid(type).storage === "real") return this.binds.mark({ kind: "constant", value });
    return value < 0 ? `(${value})` : String(value);
  }

  /** The form of a value that compares, sorts and groups as its type does. */
  key(expression: Expression): string {
    const { key } = typeByOid(expression.type);
    const sql = this.expression(expression);
    return key === null ? sql : key(sql);
  }

  keyOf(type: number, sql: string): string {
    return typeByOid(type).key?.(sql) ?? sql;
  }

  column(reference: ColumnReference): string {
    const { source, index } = reference;
    switch (source.kind) {
      case "table":
        return this.#stored(source, index);
      case "system":
      case "fetched": {
        const used = this.used.get(source) ?? new Set();
        this.used.set(source, used.add(index));
        return `${source.alias}.c${index + 1}`;
      }
      case "query":
        if (source.lateral === true) {
          const value = `(${source.alias}.value ->> ${index})`;
          return typeByOid(reference.type).storage === "blob" ? `unhex(${value})` : value;
        }
        return `${source.alias}.c${index + 1}`;
      case "function":
        return source.ordinality && index === source.columns.length - 1
          ? `${source.alias}.ordinality`
          : `${source.alias}.c${index + 1}`;
      default:
        return `${source.alias}.c${index + 1}`;
    }
  }

  /** A column of a table: the id, or a member of the document. */
  #stored(source: TableSource, index: number): string {
    const column = source.columns[index];
    const { alias } = source;
    if (column === undefined) return unsupported("this column");
    const type = typeByOid(column.type);
    if (column.role === "id") return idText(type, `${alias}.id`);
    // An alias list may have renamed the column; the document has the name it was declared or seen under.
    const name = storedColumns(source.table)[index]?.name ?? column.name;
    const path = quoteText(`$.${JSON.stringify(name)}`);
    // In parentheses: SQLite's `->>` binds no tighter than `||`.
    const member = `(${type.member(`${alias}.body`, path)})`;
    const strings = (source.table.kinds & (1 << KIND.string)) !== 0;
    if (column.role === "value") {
      const bare = type.oid === OID.jsonb ? `json_quote(pg_string_body(${alias}.body))` : `pg_string_body(${alias}.body)`;
      return `CASE ${alias}.kind WHEN ${KIND.string} THEN ${bare} ELSE ${member} END`;
    }
    return strings ? `CASE ${alias}.kind WHEN ${KIND.string} THEN NULL ELSE ${member} END` : member;
  }

  /** A row as a record: its fields with their names, types and text forms. */
  #wholeRow(source: Source): string {
    const fields = source.columns.flatMap((column, index): [string, number, string][] =>
      column.hidden
        ? []
        : [[column.name, column.type, this.column({ kind: "column", source, index, type: column.type, typmod: -1, at: -1 })]],
    );
    const record = this.#record(fields);
    if (!source.nullable) return record;
    const present =
      source.kind === "table"
        ? `${source.alias}.id IS NOT NULL`
        : `(${fields.map(([, , sql]) => `${sql} IS NOT NULL`).join(" OR ")})`;
    return `CASE WHEN ${present} THEN ${record} END`;
  }

  #record(fields: readonly (readonly [name: string, type: number, sql: string])[]): string {
    const parts = fields.map(
      ([name, type, sql]) => `json_array(${quoteText(name)}, ${type}, ${recordText(typeByOid(type), sql)})`,
    );
    return `json_array(${parts.join(", ")})`;
  }

  #call(call: Call): string {
    const args = call.args.map((arg) => this.expression(arg));
    return callText(
      call.fn,
      args,
      call.args.map((arg) => arg.type),
      call.type,
    );
  }

  #test(arg: Expression, wanted: "null" | "true" | "false", negated: boolean): string {
    if (wanted === "null" && arg.type === OID.record) return this.#testRow(arg, negated);
    const sql = this.expression(arg);
    return `(${sql} IS ${negated ? "NOT " : ""}${wanted === "null" ? "NULL" : wanted.toUpperCase()})`;
  }

  /** A row is null when all its fields are, and not null when none is. */
  #testRow(arg: Expression, negated: boolean): string {
    const word = negated ? "IS NOT NULL" : "IS NULL";
    const fields =
      arg.kind === "row"
        ? arg.items.map((item) => this.expression(item))
        : arg.kind === "row-of"
          ? arg.source.columns.flatMap((column, index) =>
              column.hidden
                ? []
                : [this.column({ kind: "column", source: arg.source, index, type: column.type, typmod: -1, at: -1 })],
            )
          : null;
    if (fields !== null) return fields.length === 0 ? "1" : `(${fields.map((field) => `${field} ${word}`).join(" AND ")})`;
    const row = this.expression(arg);
    const other = negated ? "IS NULL" : "IS NOT NULL";
    return `(${row} ${word} ${negated ? "AND" : "OR"} NOT EXISTS (SELECT 1 FROM json_each(${row}) WHERE value ->> 2 ${other}))`;
  }

  #compare({ operator, left, right }: Comparison): string {
    const symbol = operator === "distinct" ? "IS NOT" : operator === "not distinct" ? "IS" : operator;
    if (operator === "=" || operator === "<>") {
      const number = this.#indexedNumber(left) ?? this.#indexedNumber(right);
      if (number !== null) {
        const other = this.#indexedNumber(left) === null ? left : right;
        return `(${number} ${symbol} chrondb_numkey(${this.expression(other)}))`;
      }
      // An equality on the id compares text forms, so that the key's own index serves.
      if (idColumn(left)) return `(${this.#comparableLeft(left)} ${symbol} ${this.#comparable(right, left)})`;
      if (idColumn(right)) return `(${this.#comparable(left, right)} ${symbol} ${this.#comparableLeft(right)})`;
    }
    return `(${this.#beside(left, right)} ${symbol} ${this.#beside(right, left)})`;
  }

  /** A side of a comparison: a literal compared with a column is bound. */
  #beside(side: Expression, other: Expression): string {
    return other.kind === "column" && side.kind === "constant" ? this.keyOf(side.type, this.#bound(side)) : this.key(side);
  }

  /** A numeric column with a UNIQUE or key, in the form state indexes it; null for anything else. */
  #indexedNumber(expression: Expression): string | null {
    if (!isIndexedNumber(expression)) return null;
    const { source, index } = expression;
    if (source.kind !== "table") return null;
    const name = storedColumns(source.table)[index]?.name ?? "";
    return `chrondb_numkey(${source.alias}.body -> ${quoteText(`$.${JSON.stringify(name)}`)})`;
  }

  /** The left side of an equality or IN. */
  #comparableLeft(left: Expression): string {
    return idColumn(left) && left.kind === "column" ? `${left.source.alias}.id` : this.key(left);
  }

  /** What is compared with it. */
  #comparable(item: Expression, left: Expression): string {
    return idColumn(left) ? idForm(typeByOid(left.type), this.#bound(item)) : this.key(item);
  }

  /** A literal as a value to bind, so that point reads that differ in nothing else share one prepared text. */
  #bound(item: Expression): string {
    if (item.kind !== "constant") return this.expression(item);
    const { value } = item;
    if (typeof value === "string") return this.binds.mark({ kind: "constant", value });
    const whole = (typeof value === "number" || typeof value === "bigint") && typeByOid(item.type).storage === "integer";
    return whole ? this.binds.mark({ kind: "constant", value: BigInt(value) }) : this.expression(item);
  }

  #compareRows({ operator, left, right }: RowComparison): string {
    const side = (items: readonly Expression[]): string => `(${items.map((item) => this.key(item)).join(", ")})`;
    return `(${side(left)} ${operator} ${side(right)})`;
  }

  #anyArray(expression: Extract<Expression, { kind: "any-array" }>): string {
    const { test, element, all } = expression;
    const array = this.expression(expression.array);
    const value = elementText(typeByOid(element.type), `${element.name}.value`);
    this.#elements.set(element.name, value);
    if (test.kind === "compare" && ((test.operator === "=" && !all) || (test.operator === "<>" && all))) {
      const listed = idColumn(test.left) ? idForm(typeByOid(test.left.type), this.expression(test.right)) : this.key(test.right);
      const list = `SELECT ${listed} FROM json_each(coalesce(${array}, '[null]')) AS ${element.name}`;
      return `(${this.#comparableLeft(test.left)} ${all ? "NOT IN" : "IN"} (${list}))`;
    }
    return this.#quantify(this.expression(test), `json_each(coalesce(${array}, '[null]')) AS ${element.name}`, all);
  }

  /** Any or all of many three-valued answers. */
  #quantify(test: string, from: string, all: boolean): string {
    const decided = all ? "WHEN min(r) = 0 THEN 0" : "WHEN max(r) = 1 THEN 1";
    return `(SELECT CASE ${decided} WHEN count(*) > count(r) THEN NULL ELSE ${all ? 1 : 0} END FROM (SELECT ${test} AS r FROM ${from}))`;
  }

  #anyQuery(expression: Extract<Expression, { kind: "any-query" }>): string {
    const { left, query, native, test, elements, all } = expression;
    const inner = printQuery(this, query);
    if (native !== null) {
      const word = native === "in" ? "IN" : "NOT IN";
      if (left.length === 1 && left[0] !== undefined) {
        const [only] = left;
        const listed = idColumn(only) ? idForm(typeByOid(only.type), "c1") : this.keyOf(only.type, "c1");
        return `(${this.#comparableLeft(only)} ${word} (SELECT ${listed} FROM (${inner})))`;
      }
      const columns = left.map((item, at) => this.keyOf(item.type, `c${at + 1}`));
      return `((${left.map((item) => this.key(item)).join(", ")}) ${word} (SELECT ${columns.join(", ")} FROM (${inner})))`;
    }
    const [first] = elements;
    if (test === null || first === undefined) return unsupported("this quantified comparison");
    for (const [at, element] of elements.entries()) this.#elements.set(element.name, `${first.name}.c${at + 1}`);
    return this.#quantify(this.expression(test), `(${inner}) AS ${first.name}`, all);
  }

  #subquery(form: "scalar" | "exists" | "array", query: Query): string {
    const inner = printQuery(this, query);
    if (form === "exists") return `EXISTS (${inner})`;
    if (form === "array") {
      const element = query.columns[0]?.type ?? OID.text;
      if (typeByOid(element).category === "A") {
        return `coalesce((SELECT pg_nested_array(${typeByOid(element).elementOid}, c1) FROM (${inner})), '[]')`;
      }
      return `coalesce((SELECT pg_array_of(${element}, c1) FROM (${inner})), '[]')`;
    }
    return singleRow(query) ? `(${inner})` : `(SELECT ${GUARD.oneRow}(c1) FROM (${inner}))`;
  }

  /** A value that only the rows of some grouping sets have. */
  inSets(alias: string, sets: readonly number[], sql: string): string {
    return `CASE WHEN ${alias}.n IN (${sets.join(", ")}) THEN ${sql} END`;
  }

  #grouping(values: readonly number[], alias: string): string {
    if (alias === "") return String(values[0] ?? 0);
    return `CASE ${alias}.n ${values.map((value, at) => `WHEN ${at} THEN ${value}`).join(" ")} END`;
  }

  sort(items: readonly SortItem[]): string {
    return items.map((item) => this.sortItem(item.expression, item)).join(", ");
  }

  sortItem(expression: Expression, direction: { descending: boolean; nullsFirst: boolean }): string {
    const sql = noPosition(this.key(expression));
    // An id is never null, and saying where nulls go would keep its index from serving.
    const never = expression.kind === "column" && idColumn(expression) && !expression.source.nullable;
    return `${sql}${direction.descending ? " DESC" : " ASC"}${never ? "" : nulls(direction)}`;
  }

  /** Where a row would stand among the rows of an aggregate, by counting those before it. */
  #hypothetical({ fn, args, order, filter }: Aggregate): string {
    const only = filter === null ? "1" : this.expression(filter);
    let before = "0";
    let level = "1";
    for (const [at, item] of order.entries()) {
      const row = this.key(item.expression);
      const given = this.key(args[at] ?? item.expression);
      const [first, second] = item.nullsFirst ? [row, given] : [given, row];
      const less = `(coalesce(${row} ${item.descending ? ">" : "<"} ${given}, 0) OR (${first} IS NULL AND ${second} IS NOT NULL))`;
      before = `(${before} OR (${level} AND ${less}))`;
      level = `(${level} AND ${row} IS ${given})`;
    }
    const count = (condition: string): string => `count(*) FILTER (WHERE ${only} AND ${condition})`;
    switch (fn.name) {
      case "rank":
        return `(1 + ${count(before)})`;
      case "dense_rank": {
        const rows = order.map((item) => `quote(${this.key(item.expression)})`).join(` || ',' || `);
        return `(1 + count(DISTINCT ${rows}) FILTER (WHERE ${only} AND ${before}))`;
      }
      case "percent_rank":
        return `(CAST(${count(before)} AS REAL) / max(1, ${count("1")}))`;
      default:
        return `((1.0 + ${count(`(${before} OR ${level})`)}) / (1 + ${count("1")}))`;
    }
  }

  #frame({ mode, start, end, exclude }: Frame): string {
    const bound = ({ words, offset }: FrameBound): string => (offset === null ? words : `${this.expression(offset)} ${words}`);
    return `${mode} BETWEEN ${bound(start)} AND ${bound(end)}${exclude}`;
  }

  /** A sort key whose distance to others RANGE measures: moments as microseconds. */
  #measured(order: readonly SortItem[]): string {
    return order
      .map((item) => {
        const sql = this.expression(item.expression);
        const key = MOMENTS.has(item.expression.type) ? `pg_micros(${sql})` : sql;
        return `${key}${item.descending ? " DESC" : " ASC"}${nulls(item)}`;
      })
      .join(", ");
  }

  #aggregate(aggregate: Aggregate): string {
    const { fn, distinct, order, filter } = aggregate;
    if (fn.within === "hypothetical") return this.#hypothetical(aggregate);
    const types = aggregate.args.map((arg) => arg.type);
    const keyed = types.some((type) => typeByOid(type).key !== null);
    let args = aggregate.args.map((arg) => this.expression(arg));
    let suffix = "";
    if (distinct) {
      if (fn.name === "count" && aggregate.args[0] !== undefined) args = [`DISTINCT ${this.key(aggregate.args[0])}`];
      else if (fn.sqlite !== undefined && !keyed) args = [`DISTINCT ${args.join(", ")}`];
      else if (fn.name === "min" || fn.name === "max") suffix = "";
      else suffix = "_distinct";
      if (suffix !== "" && order.some((item) => item.descending))
        unsupported("DISTINCT with a descending ORDER BY in an aggregate", aggregate.at);
    }
    const sorted = order.length === 0 || suffix !== "" ? "" : ` ORDER BY ${this.sort(order)}`;
    const filtered = filter === null ? "" : ` FILTER (WHERE ${this.expression(filter)})`;
    if (fn.sqlite !== undefined)
      return `${fn.sqlite([`${args.join(", ")}${sorted}`], { args: types, returns: aggregate.type })}${filtered}`;
    const typed = fn.typed ? [typesText(types, aggregate.type)] : [];
    return `${sqliteName(fn)}${suffix}(${[...typed, ...args].join(", ")}${sorted})${filtered}`;
  }

  #window(window: Window): string {
    const { fn, partition, order, filter, frame } = window;
    const measured = frame?.mode === "RANGE" && (frame.start.offset !== null || frame.end.offset !== null);
    const types = window.args.map((arg) => arg.type);
    const args = window.args.map((arg) => this.expression(arg));
    const typed = fn.typed ? [typesText(types, window.type)] : [];
    const call =
      fn.sqlite?.(args, { args: types, returns: window.type }) ?? `${windowName(fn)}(${[...typed, ...args].join(", ")})`;
    const parts = [
      ...(partition.length === 0 ? [] : [`PARTITION BY ${partition.map((item) => noPosition(this.key(item))).join(", ")}`]),
      ...(order.length === 0 ? [] : [`ORDER BY ${measured ? this.#measured(order) : this.sort(order)}`]),
      ...(frame === null ? [] : [this.#frame(frame)]),
    ];
    const filtered = filter === null ? "" : ` FILTER (WHERE ${this.expression(filter)})`;
    return `${call}${filtered} OVER (${parts.join(" ")})`;
  }
}

/** SQLite takes rows out of a moving frame only where an aggregate says how; the others have a form that keeps its rows. */
const windowName = (fn: SqlFunction): string =>
  fn.aggregate !== undefined && fn.aggregate.inverse === undefined ? `${sqliteName(fn)}_window` : sqliteName(fn);

export const nulls = (direction: { nullsFirst: boolean }): string => (direction.nullsFirst ? " NULLS FIRST" : " NULLS LAST");

function typesText(args: readonly number[], returns: number): string {
  return quoteText(JSON.stringify({ args, returns }));
}

/** A call of a declared function. Whole numbers come back from JavaScript as REAL and are made INTEGER again. */
export function callText(fn: SqlFunction, args: readonly string[], types: readonly number[], returns: number): string {
  if (fn.sqlite !== undefined) return fn.sqlite([...args], { args: types, returns });
  const all = fn.typed ? [typesText(types, returns), ...args] : args;
  const call = `${sqliteName(fn)}(${all.join(", ")})`;
  const type = typeByOid(returns);
  return type.storage === "integer" && type.category !== "B" && !fn.big ? `CAST(${call} AS INTEGER)` : call;
}

/** The id column in its declared type. */
function idText(type: SqlType, sql: string): string {
  if (TEXT_KEYED.has(type.oid)) return sql;
  if (type.storage === "integer" && type.category === "N") return `CAST(${sql} AS INTEGER)`;
  return `pg_in(${sql}, ${type.oid}, -1)`;
}

/** A value of the id's type in the form ids are stored in. */
function idForm(type: SqlType, sql: string): string {
  return TEXT_KEYED.has(type.oid) ? sql : keyText(type, sql);
}

function idColumn(expression: Expression): boolean {
  if (expression.kind !== "column" || expression.source.kind !== "table") return false;
  const column = expression.source.columns[expression.index];
  // char(n) ignores trailing blanks and numeric ignores trailing zeros, so their text forms do not decide equality.
  return column?.role === "id" && typeByOid(column.type).key === null && typeByOid(column.type).storage !== "real";
}

/** Whether a column is a numeric one that a constraint of its declared table names. */
export function isIndexedNumber(expression: Expression): expression is ColumnReference {
  if (expression.kind !== "column" || expression.type !== OID.numeric || expression.source.kind !== "table") return false;
  const { table, given } = expression.source;
  const { definition } = table;
  const name = storedColumns(table)[expression.index]?.name;
  if (definition === null || given !== null || name === undefined || (table.kinds & (1 << KIND.string)) !== 0) return false;
  if (expression.source.columns[expression.index]?.role !== "field") return false;
  return (
    (definition.primaryKey?.columns.includes(name) ?? false) || definition.unique.some((unique) => unique.columns.includes(name))
  );
}

/** An element of an internal array as json_each hands it over. */
function elementText(type: SqlType, sql: string): string {
  return type.storage === "blob" ? `unhex(substr(${sql}, 3))` : sql;
}

function recordText(type: SqlType, sql: string): string {
  if (type.category === "S" || type.oid === OID.uuid) return sql;
  if (type.oid === OID.record) return sql;
  return outputText(type, sql);
}

/** Whether a query cannot answer two rows. */
function singleRow(query: Query): boolean {
  if (query.limit?.kind === "constant" && Number(query.limit.value) <= 1) return true;
  const { body } = query;
  if (body.kind === "values") return body.rows.length === 1;
  if (body.kind !== "select") return false;
  return (body.grouped && body.group.length === 0) || body.from.length === 0;
}
