// How a function or operator is declared. One literal says what PostgreSQL's catalogue says (name, argument and result types,
// volatility, strictness) and how it runs here: printed as SQLite text, or a JavaScript function registered with SQLite.
import type { Database } from "better-sqlite3";
import { sortKey } from "../types/decimal.ts";
import { intervalKey } from "../types/interval-value.ts";
import { jsonbKey, readJson } from "../types/json-tree.ts";
import { OID } from "../types/oids.ts";
import type { Raw } from "../types/type.ts";

export type Volatility = "immutable" | "stable" | "volatile";

/** What a typed implementation is told of a call. */
export interface CallTypes {
  readonly args: readonly number[];
  readonly returns: number;
}

export interface AggregateBody<State> {
  start(): State;
  /** Called for every row; strict aggregates are not called for rows where an argument is null. */
  step(state: State, args: Raw[]): State;
  /** Takes a row out again, which makes the aggregate usable over a moving window frame. */
  inverse?(state: State, args: Raw[]): State;
  result(state: State): Raw;
}

export interface TableColumn {
  readonly name: string;
  readonly typeOid: number;
}

export interface SqlFunction {
  readonly name: string;
  readonly args: readonly number[];
  /** True when the last argument repeats; its type in `args` is then the element's. */
  readonly variadic?: boolean;
  /** How many of the last arguments may be left out (the implementation then gets fewer). */
  readonly optional?: number;
  readonly returns: number;
  readonly volatility: Volatility;
  /** A null argument gives null without a call. Default true. */
  readonly strict?: boolean;
  readonly kind: "scalar" | "aggregate" | "window" | "table";
  /** Prints SQLite text from printed arguments. */
  readonly sqlite?: (args: string[], types: CallTypes) => string;
  /** Runs in JavaScript on internal values. `typed` passes the argument and result types first. */
  readonly js?: (...args: Raw[]) => Raw;
  readonly typed?: boolean;
  /** Integers arrive as bigint: needed where they may pass 2^53. */
  readonly big?: boolean;
  readonly aggregate?: AggregateBody<unknown>;
  /** Called with WITHIN GROUP; a hypothetical one is printed from counts. */
  readonly within?: "ordered" | "hypothetical";
  /** For table functions: the columns (one column named like the function when left out) and the rows. */
  readonly columns?: readonly TableColumn[];
  readonly rows?: (args: Raw[], types: CallTypes) => Iterable<readonly Raw[]>;
  /** Reads the catalogue or the session's settings: the context must carry them. */
  readonly catalog?: boolean;
  /** Changes the session, so it must run on the main thread. */
  readonly session?: boolean;
}

export function defineFunction(definition: SqlFunction): SqlFunction {
  return definition;
}

/** The same with the state's type known inside. */
export function aggregate<State>(body: AggregateBody<State>): AggregateBody<unknown> {
  return body as AggregateBody<unknown>;
}

/** The name a JavaScript implementation has in SQLite. */
export function sqliteName(definition: SqlFunction, prefix = "pg"): string {
  const name = /^\w+$/.test(definition.name)
    ? definition.name
    : `op${[...definition.name].map((character) => character.charCodeAt(0).toString(16)).join("")}`;
  return `${prefix}_${name}_${definition.args.join("_")}${definition.variadic ? "_v" : ""}`;
}

function strictly(run: (...args: Raw[]) => Raw): (...args: Raw[]) => Raw {
  return (...args) => {
    for (const arg of args) if (arg === null) return null;
    return run(...args);
  };
}

function registerScalar(db: Database, definition: SqlFunction): void {
  const { js } = definition;
  if (js === undefined) return;
  db.function(
    sqliteName(definition),
    { deterministic: definition.volatility !== "volatile", safeIntegers: definition.big === true, varargs: true },
    definition.strict === false ? js : strictly(js),
  );
}

// better-sqlite3 declares one argument; it passes as many as the call has.
type Step = (total: unknown, next: unknown) => unknown;

function registerAggregate(db: Database, definition: SqlFunction): void {
  const body = definition.aggregate;
  if (body === undefined) return;
  const { inverse } = body;
  const strict = definition.strict !== false;
  // A typed aggregate's first argument is its types, never null.
  const skip = (args: Raw[]): boolean => strict && args.some((arg) => arg === null);
  registerDistinct(db, definition, body, skip);
  if (inverse === undefined) registerWindow(db, definition, body, skip);
  db.aggregate(sqliteName(definition), {
    varargs: true,
    deterministic: true,
    safeIntegers: definition.big === true,
    start: () => body.start(),
    step: ((state: unknown, ...args: Raw[]) => (skip(args) ? state : body.step(state, args))) as Step,
    ...(inverse === undefined
      ? {}
      : { inverse: ((state: unknown, ...args: Raw[]) => (skip(args) ? state : inverse.call(body, state, args))) as Step }),
    result: (state: unknown) => body.result(state),
  });
}

interface Frame {
  /** Rows in the frame, in the order they came; they leave in the same order. */
  rows: Raw[][];
  first: number;
  state: unknown;
  /** The state has a row in it that has left. */
  stale: boolean;
}

/** The same aggregate over a moving window frame, for one that cannot take rows out again: it starts over when one left. */
function registerWindow(
  db: Database,
  definition: SqlFunction,
  body: AggregateBody<unknown>,
  skip: (args: Raw[]) => boolean,
): void {
  db.aggregate(`${sqliteName(definition)}_window`, {
    varargs: true,
    deterministic: true,
    safeIntegers: definition.big === true,
    start: (): Frame => ({ rows: [], first: 0, state: body.start(), stale: false }),
    step: ((frame: Frame, ...args: Raw[]) => {
      if (skip(args)) return frame;
      frame.rows.push(args);
      if (!frame.stale) frame.state = body.step(frame.state, args);
      return frame;
    }) as Step,
    inverse: ((frame: Frame, ...args: Raw[]) => {
      if (skip(args)) return frame;
      frame.first++;
      frame.stale = true;
      if (frame.first > 1000 && frame.first * 2 > frame.rows.length) {
        frame.rows = frame.rows.slice(frame.first);
        frame.first = 0;
      }
      return frame;
    }) as Step,
    result: (held: unknown) => {
      const frame = held as Frame;
      if (frame.stale) {
        frame.state = body.start();
        for (let at = frame.first; at < frame.rows.length; at++) frame.state = body.step(frame.state, frame.rows[at] ?? []);
        frame.stale = false;
      }
      return body.result(frame.state);
    },
  });
}

/**
 * The same aggregate over distinct arguments, in their order, as PostgreSQL feeds them: SQLite's DISTINCT takes one argument and
 * compares internal forms.
 */
function registerDistinct(
  db: Database,
  definition: SqlFunction,
  body: AggregateBody<unknown>,
  skip: (args: Raw[]) => boolean,
): void {
  db.aggregate(`${sqliteName(definition)}_distinct`, {
    varargs: true,
    deterministic: true,
    safeIntegers: definition.big === true,
    start: () => new Map<string, Raw[]>(),
    step: ((rows: Map<string, Raw[]>, ...args: Raw[]) => {
      if (!skip(args)) {
        const types = definition.typed ? (JSON.parse(String(args[0])) as CallTypes).args : definition.args;
        const values = definition.typed ? args.slice(1) : args;
        const key = JSON.stringify(values.map((value, at) => orderKey(types[at] ?? 0, value)));
        if (!rows.has(key)) rows.set(key, args);
      }
      return rows;
    }) as Step,
    result: (rows: unknown) => {
      let state = body.start();
      for (const [, args] of [...(rows as Map<string, Raw[]>)].sort(([a], [b]) => (a < b ? -1 : 1)))
        state = body.step(state, args);
      return body.result(state);
    },
  });
}

/** A text that is equal for equal values and ordered as they are; nulls last. */
export function orderKey(type: number, value: Raw): string {
  if (value === null) return "2";
  if (type === OID.interval) return `1${intervalKey(String(value))}`;
  if (type === OID.jsonb) return `1${jsonbKey(readJson(String(value)))}`;
  if (type === OID.numeric || typeof value === "number" || typeof value === "bigint") return `1${sortKey(String(value))}`;
  return `1${Buffer.isBuffer(value) ? value.toString("hex") : value}`;
}

const MAX_TABLE_ARGUMENTS = 10;

function registerTable(db: Database, definition: SqlFunction): void {
  const { rows, columns } = definition;
  if (rows === undefined) return;
  const names = columns?.map((_, at) => `c${at + 1}`) ?? ["c1"];
  const parameters = ["types", ...Array.from({ length: MAX_TABLE_ARGUMENTS }, (_, at) => `a${at + 1}`)];
  const strict = definition.strict !== false;
  db.table(sqliteName(definition), {
    columns: [...names, "ordinality"],
    parameters,
    safeIntegers: definition.big === true,
    directOnly: false,
    *rows(typesText: unknown, ...args: unknown[]) {
      const types = JSON.parse(String(typesText)) as CallTypes;
      const given = (args as Raw[]).slice(0, types.args.length);
      if (strict && given.some((arg) => arg === null)) return;
      let ordinality = 0n;
      for (const row of rows(given, types)) yield [...row, ++ordinality] as never;
    },
  });
}

/** Registers an implementation with a connection, if it has one in JavaScript. */
export function registerFunction(db: Database, definition: SqlFunction): void {
  if (definition.kind === "table") registerTable(db, definition);
  else if (definition.kind === "aggregate") registerAggregate(db, definition);
  else registerScalar(db, definition);
}
