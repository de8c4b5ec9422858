// The checked form of a statement: every expression has its type, every name is resolved, every cast is explicit.
// The checker (this folder) makes it from the grammar's tree; the printer (print/) turns it into SQLite text.
import type { TableInfo } from "../../state/store.ts";
import type { SqlFunction } from "../functions/define.ts";
import type { SystemRelation } from "../relations.ts";
import type { Raw } from "../types/type.ts";

interface Typed {
  readonly type: number;
  readonly typmod: number;
  /** Byte offset in the statement; -1 = none. */
  readonly at: number;
}

/** A literal. Of type unknown, `value` is the text as written. */
export interface Constant extends Typed {
  readonly kind: "constant";
  readonly value: Raw;
}

/** `$n`. Its type is that of `Parameters.oids[n - 1]` once known. */
export interface Parameter extends Typed {
  readonly kind: "parameter";
  readonly number: number;
}

export interface ColumnReference extends Typed {
  readonly kind: "column";
  readonly source: Source;
  readonly index: number;
}

/** A row of a source as one value. */
export interface WholeRow extends Typed {
  readonly kind: "row-of";
  readonly source: Source;
}

export interface Call extends Typed {
  readonly kind: "call";
  readonly fn: SqlFunction;
  readonly args: readonly Expression[];
}

/** A cast, or a length coercion. */
export interface Conversion extends Typed {
  readonly kind: "convert";
  readonly arg: Expression;
  readonly print: (sql: string) => string;
  /** Nothing happens to the value: an index on the argument still serves. */
  readonly free: boolean;
  /** Set for a length coercion, so that it can be done without SQLite. */
  readonly modifier: { readonly type: number; readonly typmod: number; readonly explicit: boolean } | null;
}

export interface Logical extends Typed {
  readonly kind: "and" | "or";
  readonly args: readonly Expression[];
}

export interface Not extends Typed {
  readonly kind: "not";
  readonly arg: Expression;
}

/** `IS [NOT] NULL | TRUE | FALSE | UNKNOWN`. */
export interface Test extends Typed {
  readonly kind: "test";
  readonly arg: Expression;
  readonly wanted: "null" | "true" | "false";
  readonly negated: boolean;
}

export interface Comparison extends Typed {
  readonly kind: "compare";
  readonly operator: "=" | "<>" | "<" | "<=" | ">" | ">=" | "distinct" | "not distinct";
  readonly left: Expression;
  readonly right: Expression;
}

export interface Case extends Typed {
  readonly kind: "case";
  readonly branches: readonly { readonly when: Expression; readonly result: Expression }[];
  readonly otherwise: Expression | null;
}

export interface Coalesce extends Typed {
  readonly kind: "coalesce" | "greatest" | "least";
  readonly args: readonly Expression[];
}

export interface InList extends Typed {
  readonly kind: "in";
  readonly left: Expression;
  readonly items: readonly Expression[];
  readonly negated: boolean;
}

/** `left op ANY|ALL (array)`; `test` is the operator applied to `left` and `element`. */
export interface Quantified extends Typed {
  readonly kind: "any-array";
  readonly left: Expression;
  readonly array: Expression;
  readonly test: Expression;
  readonly element: ElementReference;
  readonly all: boolean;
}

/** The element a quantified comparison is looking at. */
export interface ElementReference extends Typed {
  readonly kind: "element";
  readonly name: string;
}

export interface Subquery extends Typed {
  readonly kind: "subquery";
  readonly form: "scalar" | "exists" | "array";
  readonly query: Query;
}

/** `left IN (query)`, `left op ANY|ALL (query)`. */
export interface QuantifiedQuery extends Typed {
  readonly kind: "any-query";
  readonly left: readonly Expression[];
  readonly query: Query;
  readonly all: boolean;
  /** `=`: IN, `<>` with all: NOT IN; null: see test. */
  readonly native: "in" | "not in" | null;
  readonly test: Expression | null;
  /** The subquery's columns, as the test reads them. */
  readonly elements: readonly ElementReference[];
}

export interface ArrayValue extends Typed {
  readonly kind: "array";
  readonly items: readonly Expression[];
}

export interface RowValue extends Typed {
  readonly kind: "row";
  readonly items: readonly Expression[];
  readonly names: readonly string[];
}

/** `(a, b) op (c, d)`. */
export interface RowComparison extends Typed {
  readonly kind: "compare-rows";
  readonly operator: "=" | "<>" | "<" | "<=" | ">" | ">=";
  readonly left: readonly Expression[];
  readonly right: readonly Expression[];
}

export interface Aggregate extends Typed {
  readonly kind: "aggregate";
  readonly fn: SqlFunction;
  readonly args: readonly Expression[];
  readonly star: boolean;
  readonly distinct: boolean;
  readonly order: readonly SortItem[];
  readonly filter: Expression | null;
}

/** `GROUPING(a, b)`: which of its arguments the row's grouping set leaves out, as bits. */
export interface Grouping extends Typed {
  readonly kind: "grouping";
  readonly args: readonly Expression[];
  /** The value in each grouping set; null until the GROUP BY clause is known. */
  readonly values: readonly number[] | null;
  /** The FROM item that numbers the grouping sets. */
  readonly alias: string;
}

/** An expression of GROUP BY over grouping sets: null in the rows of sets without it. */
export interface Grouped extends Typed {
  readonly kind: "grouped";
  readonly arg: Expression;
  readonly alias: string;
  /** The sets that have it; null = all. */
  readonly sets: readonly number[] | null;
}

/** Whether a row of a query over grouping sets stands for a row of FROM. */
export interface Present extends Typed {
  readonly kind: "present";
  readonly alias: string;
}

export interface Window extends Typed {
  readonly kind: "window";
  readonly fn: SqlFunction;
  readonly args: readonly Expression[];
  readonly star: boolean;
  readonly filter: Expression | null;
  readonly partition: readonly Expression[];
  readonly order: readonly SortItem[];
  readonly frame: Frame | null;
}

/** A bound with an offset has it as an expression without columns. */
export interface FrameBound {
  readonly words: "UNBOUNDED PRECEDING" | "UNBOUNDED FOLLOWING" | "CURRENT ROW" | "PRECEDING" | "FOLLOWING";
  readonly offset: Expression | null;
}

export interface Frame {
  readonly mode: "ROWS" | "RANGE" | "GROUPS";
  readonly start: FrameBound;
  readonly end: FrameBound;
  readonly exclude: string;
}

/** A value the session supplies when the statement runs (now, current_user …), by name. */
export interface Supplied extends Typed {
  readonly kind: "supplied";
  readonly name: SuppliedName;
}

export type SuppliedName = "now" | "user" | "database";

export type Expression =
  | Constant
  | Parameter
  | ColumnReference
  | WholeRow
  | Call
  | Conversion
  | Logical
  | Not
  | Test
  | Comparison
  | Case
  | Coalesce
  | InList
  | Quantified
  | ElementReference
  | Subquery
  | QuantifiedQuery
  | ArrayValue
  | RowValue
  | RowComparison
  | Aggregate
  | Grouping
  | Grouped
  | Present
  | Window
  | Supplied;

export interface SortItem {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** A column a source offers. */
export interface SourceColumn {
  readonly name: string;
  readonly type: number;
  readonly typmod: number;
  /** Not part of `*` and of NATURAL joins. */
  readonly hidden?: boolean;
}

interface SourceBase {
  /** Unique in the statement: the alias printed. */
  readonly alias: string;
  /** The name columns are qualified with; "" = none. */
  readonly name: string;
  readonly columns: readonly SourceColumn[];
  /** True on the nullable side of an outer join: an equality then proves nothing about the row. */
  nullable?: boolean;
}

/** How a column of a table is read. */
export interface StoredColumn {
  readonly name: string;
  readonly type: number;
  readonly typmod: number;
  readonly role: "id" | "field" | "value";
  /** Attribute number as pg_attribute shows it; 0 = none. */
  readonly attribute: number;
  readonly hidden?: boolean;
}

export interface TableSource extends SourceBase {
  readonly kind: "table";
  readonly table: TableInfo;
  readonly columns: readonly StoredColumn[];
  /** `given`: the row comes as parameters (RETURNING, ON CONFLICT) under this name, instead of from storage. */
  readonly given: string | null;
}

export interface QuerySource extends SourceBase {
  readonly kind: "query";
  readonly query: Query;
  /** Reads FROM items to its left, so it is run for each of their rows. */
  readonly lateral?: boolean;
  /** Calls a volatile function, so that each row is made once. */
  readonly volatile?: boolean;
}

export interface CteSource extends SourceBase {
  readonly kind: "cte";
  readonly cte: Cte;
}

export interface SystemSource extends SourceBase {
  readonly kind: "system";
  readonly relation: SystemRelation;
}

export interface FunctionSource extends SourceBase {
  readonly kind: "function";
  readonly fn: SqlFunction;
  readonly args: readonly Expression[];
  readonly ordinality: boolean;
}

/** Rows computed before the statement runs, because they need waiting for (chrondb_history and its kin). */
export interface FetchedSource extends SourceBase {
  readonly kind: "fetched";
  readonly fetch: FetchedFunction;
  readonly args: readonly Expression[];
}

export interface FetchedFunction {
  readonly name: string;
  readonly args: readonly number[];
  readonly columns: readonly SourceColumn[];
}

export type Source = TableSource | QuerySource | CteSource | SystemSource | FunctionSource | FetchedSource;

export interface JoinNode {
  readonly kind: "join";
  readonly join: "inner" | "left" | "right" | "full" | "cross";
  readonly left: FromNode;
  readonly right: FromNode;
  readonly on: Expression | null;
}

export type FromNode = { readonly kind: "source"; readonly source: Source } | JoinNode;

export interface Cte {
  readonly name: string;
  /** The name printed. */
  readonly alias: string;
  query: Query;
  readonly recursive: boolean;
  readonly materialized: "always" | "never" | "default";
  /** Its rows are made before the statement reads them and handed over: RETURNING of a statement in WITH. */
  readonly handedOver?: boolean;
  /** A statement in WITH without RETURNING: it may not be read. */
  readonly silent?: boolean;
}

export interface Target {
  readonly name: string;
  readonly expression: Expression;
}

export interface Select {
  readonly kind: "select";
  readonly targets: readonly Target[];
  readonly from: readonly FromNode[];
  readonly where: Expression | null;
  readonly group: readonly Expression[];
  /** Grouping sets: for each, which of `group` it has. Null where there is one set of all. */
  readonly sets?: GroupingSets | null;
  readonly grouped: boolean;
  readonly having: Expression | null;
  readonly distinct: boolean;
  /** DISTINCT ON expressions. */
  readonly distinctOn: readonly Expression[];
}

export interface GroupingSets {
  /** Numbers the sets as `alias.n`; `${alias}p.p` is 1 where there is a row of FROM. */
  readonly alias: string;
  readonly list: readonly (readonly number[])[];
}

export interface Values {
  readonly kind: "values";
  readonly rows: readonly (readonly Expression[])[];
}

export interface SetOperation {
  readonly kind: "set";
  readonly operator: "union" | "intersect" | "except";
  readonly all: boolean;
  readonly left: Query;
  readonly right: Query;
}

/** One key of a query's ORDER BY: a shown column (by index), an expression, or an expression that is also shown. */
export interface OrderItem {
  readonly output: number | null;
  readonly expression: Expression | null;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface Query {
  readonly ctes: readonly Cte[];
  readonly body: Select | Values | SetOperation;
  /** Columns as seen from outside. */
  readonly columns: readonly SourceColumn[];
  readonly order: readonly OrderItem[];
  readonly limit: Expression | null;
  readonly offset: Expression | null;
  /** FETCH … WITH TIES. */
  readonly ties?: boolean;
}

/** Types of `$1`, `$2` …: given by the client or found where they are used. */
export class Parameters {
  readonly oids: number[];
  /** Lengths and precisions that parameters are brought to: where a literal stood instead, its error would be known at once. */
  readonly modified: { readonly number: number; readonly type: number; readonly typmod: number; readonly explicit: boolean }[] =
    [];
  /** True where the client said. */
  readonly given: readonly boolean[];

  constructor(oids: readonly number[]) {
    this.oids = [...oids];
    this.given = oids.map((oid) => oid !== 0);
  }

  typeOf(number: number): number {
    return this.oids[number - 1] ?? 0;
  }

  set(number: number, oid: number): void {
    while (this.oids.length < number) this.oids.push(0);
    this.oids[number - 1] = oid;
  }
}
