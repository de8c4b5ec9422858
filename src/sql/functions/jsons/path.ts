// Runs SQL/JSON paths. In lax mode (the default) arrays are unwrapped and wrapped as needed and what is missing is nothing; in
// strict mode it is an error. Inside predicates an error is "unknown".
import { SqlError } from "../../contract.ts";
import { fail, unsupported } from "../../errors.ts";
import * as decimal from "../../types/decimal.ts";
import { type Compare, isPredicate, type Path, type PathNode, type PathStep } from "../../types/json-path.ts";
import { type Json, jsonbMembers, printJsonb } from "../../types/json-tree.ts";
import { regularExpression } from "../texts/regex.ts";

type Truth = boolean | null;

const MAX_ITEMS = 1_000_000;

/** States of errors that `silent` and predicates keep quiet: those about the data, not about the path. */
const QUIET = /^(?:2203[0-9A-F]|22012|22003|22P02)$/;
const isQuiet = (thrown: unknown): boolean => thrown instanceof SqlError && QUIET.test(thrown.fields.sqlstate);

interface Place {
  readonly current: Json;
  /** Length of the array whose subscripts are computed. */
  readonly length: number;
}

const NULL: Json = { kind: "null" };
const number = (text: string): Json => ({ kind: "number", text });
const string = (value: string): Json => ({ kind: "string", value });

class Run {
  readonly root: Json;
  readonly strict: boolean;
  readonly variables: Json | null;

  constructor(root: Json, path: Path, variables: Json | null) {
    this.root = root;
    this.strict = path.strict;
    this.variables = variables;
  }

  items(node: PathNode, place: Place): Json[] {
    if (isPredicate(node)) {
      const truth = this.truth(node, place);
      return [truth === null ? NULL : { kind: "boolean", value: truth }];
    }
    switch (node.kind) {
      case "root":
        return [this.root];
      case "current":
        return [place.current];
      case "last":
        return [number(String(place.length - 1))];
      case "literal":
        return [
          node.value === null
            ? NULL
            : typeof node.value === "string"
              ? string(node.value)
              : { kind: "boolean", value: node.value },
        ];
      case "number":
        return [number(decimal.printDecimal(decimal.toDecimal(node.text)))];
      case "variable": {
        const { variables } = this;
        const found = variables?.kind === "object" ? variables.members.findLast(([name]) => name === node.name)?.[1] : undefined;
        return [found ?? fail("42704", `could not find jsonpath variable "${node.name}"`)];
      }
      case "arithmetic": {
        const left = this.operand(node.left, place, "left", node.op);
        const right = this.operand(node.right, place, "right", node.op);
        const operations = {
          "+": decimal.add,
          "-": decimal.subtract,
          "*": decimal.multiply,
          "/": decimal.divide,
          "%": decimal.remainder,
        };
        return [number(decimal.printDecimal(operations[node.op](left, right)))];
      }
      case "sign":
        return this.unwrapped(node.arg, place).map((item) => {
          if (item.kind !== "number")
            return fail("2203B", `operand of unary jsonpath operator ${node.op} is not a numeric value`);
          const value = decimal.toDecimal(item.text);
          return number(decimal.printDecimal(node.op === "-" ? decimal.negate(value) : value));
        });
      case "chain": {
        let items = this.items(node.base, place);
        for (const step of node.steps) {
          const next: Json[] = [];
          for (const item of items) this.step(step, item, place, next);
          if (next.length > MAX_ITEMS) fail("54000", "a jsonpath query gives more items than ChronDB holds at once");
          items = next;
        }
        return items;
      }
      default:
        return [];
    }
  }

  /** In lax mode arrays stand for their elements. */
  unwrapped(node: PathNode, place: Place): Json[] {
    const items = this.items(node, place);
    return this.strict ? items : items.flatMap((item) => (item.kind === "array" ? [...item.items] : [item]));
  }

  operand(node: PathNode, place: Place, side: "left" | "right", op: string): decimal.Decimal {
    const [only, ...more] = this.unwrapped(node, place);
    if (only?.kind !== "number" || more.length > 0) {
      return fail("22038", `${side} operand of jsonpath operator ${op} is not a single numeric value`);
    }
    return decimal.toDecimal(only.text);
  }

  step(step: PathStep, item: Json, place: Place, out: Json[]): void {
    switch (step.kind) {
      case "member":
        return this.member(step.name, item, out);
      case "members":
        if (item.kind === "object") for (const [, value] of jsonbMembers(item.members)) out.push(value);
        else if (item.kind === "array" && !this.strict) for (const inner of item.items) this.membersOf(inner, out);
        else if (this.strict) fail("2203C", "jsonpath wildcard member accessor can only be applied to an object");
        return;
      case "elements":
        if (item.kind === "array") out.push(...item.items);
        else if (this.strict) fail("22039", "jsonpath wildcard array accessor can only be applied to an array");
        else out.push(item);
        return;
      case "subscripts":
        return this.subscripts(step, item, place, out);
      case "deep":
        return this.deep(step, item, 0, out);
      case "filter": {
        const inner = item.kind === "array" && !this.strict ? item.items : [item];
        for (const current of inner) if (this.truth(step.test, { ...place, current }) === true) out.push(current);
        return;
      }
      case "method":
        return this.method(step.name, item, out);
    }
  }

  membersOf(item: Json, out: Json[]): void {
    if (item.kind === "object") for (const [, value] of jsonbMembers(item.members)) out.push(value);
  }

  member(name: string, item: Json, out: Json[]): void {
    if (item.kind === "object") {
      const found = item.members.findLast(([key]) => key === name)?.[1];
      if (found !== undefined) out.push(found);
      else if (this.strict) fail("2203A", `JSON object does not contain key "${name}"`);
    } else if (item.kind === "array" && !this.strict) {
      for (const inner of item.items) if (inner.kind === "object") this.member(name, inner, out);
    } else if (this.strict) fail("2203A", "jsonpath member accessor can only be applied to an object");
  }

  subscripts(step: Extract<PathStep, { kind: "subscripts" }>, item: Json, place: Place, out: Json[]): void {
    if (item.kind !== "array" && this.strict) fail("22039", "jsonpath array accessor can only be applied to an array");
    const items = item.kind === "array" ? item.items : [item];
    const inside: Place = { ...place, length: items.length };
    const index = (node: PathNode): number => {
      const [only, ...more] = this.items(node, inside);
      if (only?.kind !== "number" || more.length > 0)
        return fail("22033", "jsonpath array subscript is not a single numeric value");
      const value = Number(decimal.printDecimal(decimal.truncate(decimal.toDecimal(only.text), 0)));
      return Math.abs(value) > 2_147_483_647 ? fail("22033", "jsonpath array subscript is out of integer range") : value;
    };
    for (const { from, to } of step.parts) {
      let first = index(from);
      let last = to === null ? first : index(to);
      if (this.strict && (first < 0 || first > last || last >= items.length)) {
        fail("22033", "jsonpath array subscript is out of bounds");
      }
      first = Math.max(0, first);
      last = Math.min(items.length - 1, last);
      for (let at = first; at <= last; at++) {
        const found = items[at];
        if (found !== undefined) out.push(found);
      }
    }
  }

  deep(step: Extract<PathStep, { kind: "deep" }>, item: Json, level: number, out: Json[]): void {
    const children =
      item.kind === "array" ? item.items : item.kind === "object" ? jsonbMembers(item.members).map(([, value]) => value) : [];
    const { from, to } = step;
    // `last` alone means the leaves.
    const isIn = from === null ? children.length === 0 : level >= from && (to === null || level <= to);
    if (isIn) out.push(item);
    if (to !== null && level >= to) return;
    for (const child of children) this.deep(step, child, level + 1, out);
  }

  method(name: string, item: Json, out: Json[]): void {
    if (name === "type") {
      out.push(string(item.kind));
      return;
    }
    if (name === "size") {
      if (item.kind === "array") out.push(number(String(item.items.length)));
      else if (this.strict) fail("22039", "jsonpath item method .size() can only be applied to an array");
      else out.push(number("1"));
      return;
    }
    if (item.kind === "array" && !this.strict) {
      for (const inner of item.items) this.scalarMethod(name, inner, out);
      return;
    }
    this.scalarMethod(name, item, out);
  }

  scalarMethod(name: string, item: Json, out: Json[]): void {
    switch (name) {
      case "keyvalue":
        if (item.kind !== "object") return fail("2203C", "jsonpath item method .keyvalue() can only be applied to an object");
        if (item !== this.root) unsupported(".keyvalue() below the root of a jsonpath");
        for (const [key, value] of jsonbMembers(item.members)) {
          out.push({
            kind: "object",
            members: [
              ["key", string(key)],
              ["value", value],
              ["id", number("0")],
            ],
          });
        }
        return;
      case "double": {
        if (item.kind !== "number" && item.kind !== "string") {
          return fail("22036", "jsonpath item method .double() can only be applied to a string or numeric value");
        }
        const text = item.kind === "number" ? item.text : item.value.trim();
        const value = Number(text);
        if (text === "" || !Number.isFinite(value)) {
          return fail(
            "22036",
            `${item.kind === "string" ? "string" : "numeric"} argument of jsonpath item method .double() is not a valid representation of a double precision number`,
          );
        }
        out.push(number(decimal.printDecimal(decimal.trimmed(decimal.toDecimal(value.toPrecision(15))))));
        return;
      }
      case "abs":
      case "ceiling":
      case "floor": {
        if (item.kind !== "number")
          return fail("22036", `jsonpath item method .${name}() can only be applied to a numeric value`);
        const value = decimal.toDecimal(item.text);
        const operations = {
          abs: (one: decimal.Decimal) => (decimal.sign(one) < 0 ? decimal.negate(one) : one),
          ceiling: decimal.ceiling,
          floor: decimal.floor,
        };
        out.push(number(decimal.printDecimal(operations[name](value))));
        return;
      }
      default:
        return unsupported(`the jsonpath method .${name}()`);
    }
  }

  truth(node: PathNode, place: Place): Truth {
    switch (node.kind) {
      case "and": {
        const left = this.truth(node.left, place);
        if (left === false) return false;
        const right = this.truth(node.right, place);
        return right === true ? left : right;
      }
      case "or": {
        const left = this.truth(node.left, place);
        if (left === true) return true;
        const right = this.truth(node.right, place);
        return right === false ? left : right;
      }
      case "not": {
        const truth = this.truth(node.arg, place);
        return truth === null ? null : !truth;
      }
      case "unknown":
        return this.truth(node.arg, place) === null;
      case "exists": {
        const items = this.quietly(() => this.items(node.arg, place));
        return items === null ? null : items.length > 0;
      }
      case "compare":
        return this.pairs(node.left, node.right, place, (a, b) => compareItems(node.op, a, b));
      case "starts":
        return this.pairs(node.left, node.right, place, (a, b) =>
          a.kind === "string" && b.kind === "string" ? a.value.startsWith(b.value) : null,
        );
      case "like": {
        const flags = `${node.flags.includes("s") ? "" : "p"}${node.flags.includes("m") ? "w" : ""}${node.flags.replace(/[sm]/g, "")}`;
        if (node.flags.includes("x") && !node.flags.includes("q"))
          unsupported('the flag "x" (expanded regular expressions) of like_regex');
        const expression = regularExpression(node.pattern, flags);
        return this.pairs(node.left, { kind: "literal", value: null }, place, (a) =>
          a.kind === "string" ? expression.test(a.value) : null,
        );
      }
      default:
        return null;
    }
  }

  quietly<T>(run: () => T): T | null {
    try {
      return run();
    } catch (thrown) {
      if (isQuiet(thrown)) return null;
      throw thrown;
    }
  }

  /** True for any pair in lax mode; in strict mode one unknown pair makes all unknown. */
  pairs(left: PathNode, right: PathNode, place: Place, test: (a: Json, b: Json) => Truth): Truth {
    const a = this.quietly(() => this.unwrapped(left, place));
    const b = this.quietly(() => this.unwrapped(right, place));
    if (a === null || b === null) return null;
    let unknown = false;
    let found = false;
    for (const x of a) {
      for (const y of b) {
        const truth = test(x, y);
        if (truth === null) {
          if (this.strict) return null;
          unknown = true;
        } else if (truth) {
          if (!this.strict) return true;
          found = true;
        }
      }
    }
    return found ? true : unknown ? null : false;
  }
}

function compareItems(op: Compare, a: Json, b: Json): Truth {
  if (a.kind !== b.kind) return a.kind === "null" || b.kind === "null" ? op === "!=" : null;
  let order: number;
  switch (a.kind) {
    case "null":
      order = 0;
      break;
    case "boolean":
      order = Number(a.value) - Number(b.kind === "boolean" && b.value);
      break;
    case "number":
      order = decimal.compare(decimal.toDecimal(a.text), decimal.toDecimal(b.kind === "number" ? b.text : "0"));
      break;
    case "string":
      order = Buffer.compare(Buffer.from(a.value), Buffer.from(b.kind === "string" ? b.value : ""));
      break;
    default:
      return null;
  }
  const answers = { "==": order === 0, "!=": order !== 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 };
  return answers[op];
}

/** All items a path gives; null where `silent` kept an error quiet. */
export function queryPath(root: Json, path: Path, variables: Json | null, silent: boolean): Json[] | null {
  if (variables !== null && variables.kind !== "object") {
    fail("22023", '"vars" argument is not an object', {
      detail: 'Jsonpath parameters should be encoded as key-value pairs of "vars" object.',
    });
  }
  const run = new Run(root, path, variables);
  const items = (): Json[] => run.items(path.node, { current: root, length: 0 });
  return silent ? run.quietly(items) : items();
}

/** What @@ and jsonb_path_match answer. */
export function matchPath(root: Json, path: Path, variables: Json | null, silent: boolean): boolean | null {
  const items = queryPath(root, path, variables, silent);
  if (items === null) return null;
  const [only, ...more] = items;
  if (more.length === 0 && only?.kind === "boolean") return only.value;
  if (more.length === 0 && only?.kind === "null") return null;
  return silent ? null : fail("22038", "single boolean result is expected");
}

export const printItems = (items: readonly Json[]): string[] => items.map(printJsonb);
