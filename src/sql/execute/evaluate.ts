// Expressions over documents that are at hand, in JavaScript: what `UPDATE … SET n = n + 1 WHERE id = $1` and `ON CONFLICT DO
// UPDATE SET v = excluded.v` compute. A change by key that needs no SQLite can be decided in memory. For the types and operators
// that occur there; the values are those the printed text has, or the errors. Whatever else an expression or a document holds,
// SQLite computes.
import { type JsonObject, scanObject } from "../../base/json.ts";
import { KIND } from "../../log/entry.ts";
import type { Version } from "../../state/store.ts";
import type { Expression, Source, StoredColumn } from "../check/tree.ts";
import { fail } from "../errors.ts";
import type { InsertColumn } from "../plan/insert.ts";
import { OID, type Raw, typeByOid } from "../types/index.ts";
import type { Assigned } from "./document.ts";

/** A document, and its members once somebody asked. */
export class Document {
  readonly version: Version;
  #object: JsonObject | undefined;

  constructor(version: Version) {
    this.version = version;
  }

  /** Text of a member's value; undefined = none. Throws NotHere for what is no document. */
  member(name: string): string | undefined {
    const { version } = this;
    if (this.#object === undefined) {
      const object = version.kind === KIND.document && typeof version.body === "string" ? scanObject(version.body) : null;
      if (object === null) throw new NotHere();
      this.#object = object;
    }
    const { members, text } = this.#object;
    for (const member of members) if (member.key === name) return text.slice(member.start, member.end);
    return undefined;
  }
}

/** A value of a document is not as its type writes it: SQLite must compute. */
export class NotHere extends Error {
  override readonly name = "NotHere";
  constructor() {
    super("a document's value is computed by SQLite");
  }
}

export interface Around {
  /** In the order of the sources given to `compile`. */
  readonly documents: readonly Document[];
  readonly parameters: readonly Raw[];
}

export type Compute = (around: Around) => Raw;

const LIMITS: ReadonlyMap<number, bigint> = new Map([
  [OID.int2, 2n ** 15n],
  [OID.int4, 2n ** 31n],
  [OID.int8, 2n ** 63n],
]);
const isInteger = (type: number): boolean => LIMITS.has(type);
const isText = (type: number): boolean => type === OID.text || type === OID.varchar;

/** Null where the expression is not of the kind computed here. */
export function compile(expression: Expression, sources: readonly Source[]): Compute | null {
  switch (expression.kind) {
    case "constant": {
      const { value } = expression;
      return () => value;
    }
    case "parameter": {
      const at = expression.number - 1;
      return ({ parameters }) => parameters[at] ?? null;
    }
    case "column": {
      const at = sources.indexOf(expression.source);
      const column = expression.source.kind === "table" ? expression.source.columns[expression.index] : undefined;
      return at < 0 || column === undefined ? null : columnReader(column, at);
    }
    case "convert":
      return conversion(expression, sources);
    case "call":
      return call(expression, sources);
    default:
      return null;
  }
}

type Set = { readonly column: InsertColumn; readonly value: Expression };

/** The values of SET; null where one of them is not computed here. */
export function compileAll(sets: readonly Set[], sources: readonly Source[]): Compute[] | null {
  const values: Compute[] = [];
  for (const { value } of sets) {
    const compute = compile(value, sources);
    if (compute === null) return null;
    values.push(compute);
  }
  return values;
}

/** What SET gives a document; null: SQLite must compute it. */
export function assignedBy(sets: readonly Set[], values: readonly Compute[], around: Around): Assigned[] | null {
  try {
    return sets.map(({ column }, at): Assigned => ({ column, type: column.type, value: values[at]?.(around) ?? null }));
  } catch (thrown) {
    if (thrown instanceof NotHere) return null;
    throw thrown;
  }
}

function columnReader(column: StoredColumn, at: number): Compute | null {
  const { name, type, role } = column;
  const document = ({ documents }: Around): Document => documents[at] ?? missing();
  if (role === "id") {
    if (isText(type)) return (around) => document(around).version.id;
    return isInteger(type) ? (around) => whole(document(around).version.id) : null;
  }
  if (role !== "field") return null;
  const read = isInteger(type)
    ? whole
    : isText(type)
      ? plainText
      : type === OID.bool
        ? boolean
        : type === OID.numeric
          ? exact
          : null;
  if (read === null) return null;
  return (around) => {
    const json = document(around).member(name);
    return json === undefined || json === "null" ? null : read(json);
  };
}

const missing = (): never => fail("58000", "internal error: a document is missing");

function whole(json: string): Raw {
  if (!/^(?:0|-?[1-9]\d{0,17})$/.test(json)) throw new NotHere();
  return json.length < 16 ? Number(json) : BigInt(json);
}

function exact(json: string): Raw {
  if (!/^(?:0|-?[1-9]\d*)(?:\.\d+)?$/.test(json)) throw new NotHere();
  return json;
}

function boolean(json: string): Raw {
  if (json === "true") return 1;
  if (json === "false") return 0;
  throw new NotHere();
}

function plainText(json: string): Raw {
  if (json.charCodeAt(0) !== 34 || json.includes("\\u")) throw new NotHere();
  return json.includes("\\") ? (JSON.parse(json) as string) : json.slice(1, -1);
}

function conversion(expression: Extract<Expression, { kind: "convert" }>, sources: readonly Source[]): Compute | null {
  const arg = compile(expression.arg, sources);
  if (arg === null) return null;
  const { modifier } = expression;
  if (modifier !== null) {
    const { modify } = typeByOid(modifier.type);
    if (modify === null) return arg;
    return (around) => {
      const value = arg(around);
      return value === null ? null : modify(value, modifier.typmod, modifier.explicit);
    };
  }
  if (expression.free) return arg;
  if (expression.type === OID.numeric && isInteger(expression.arg.type)) {
    return (around) => {
      const value = arg(around);
      return value === null ? null : String(value);
    };
  }
  return null;
}

const ARITHMETIC: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
};

function call({ fn, args, type }: Extract<Expression, { kind: "call" }>, sources: readonly Source[]): Compute | null {
  const [left, right] = args;
  if (fn.kind !== "scalar" || args.length !== 2 || left === undefined || right === undefined) return null;
  const a = compile(left, sources);
  const b = compile(right, sources);
  if (a === null || b === null) return null;
  const operate = Object.hasOwn(ARITHMETIC, fn.name) ? ARITHMETIC[fn.name] : undefined;
  if (operate === undefined) return null;
  if (isInteger(left.type) && isInteger(right.type) && isInteger(type)) return integers(a, b, operate, type);
  const { js } = fn;
  if (left.type !== OID.numeric || right.type !== OID.numeric || type !== OID.numeric || js === undefined) return null;
  return (around) => {
    const x = a(around);
    const y = b(around);
    return x === null || y === null ? null : js(x, y);
  };
}

function integers(a: Compute, b: Compute, operate: (a: bigint, b: bigint) => bigint, type: number): Compute {
  const limit = LIMITS.get(type) ?? 0n;
  return (around) => {
    const x = a(around);
    const y = b(around);
    if (x === null || y === null) return null;
    const result = operate(BigInt(x as number | bigint), BigInt(y as number | bigint));
    if (result >= limit || result < -limit) return fail("22003", `${typeByOid(type).display} out of range`);
    return result;
  };
}
