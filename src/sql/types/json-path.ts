// SQL/JSON paths: text to a tree.
import { fail } from "../errors.ts";
import { printDecimal, toDecimal } from "./decimal.ts";

export type Compare = "==" | "!=" | "<" | "<=" | ">" | ">=";
export type Arithmetic = "+" | "-" | "*" | "/" | "%";

export type PathNode =
  | { readonly kind: "root" }
  | { readonly kind: "current" }
  | { readonly kind: "last" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "literal"; readonly value: string | boolean | null }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "arithmetic"; readonly op: Arithmetic; readonly left: PathNode; readonly right: PathNode }
  | { readonly kind: "sign"; readonly op: "+" | "-"; readonly arg: PathNode }
  | { readonly kind: "chain"; readonly base: PathNode; readonly steps: readonly PathStep[] }
  | { readonly kind: "compare"; readonly op: Compare; readonly left: PathNode; readonly right: PathNode }
  | { readonly kind: "and" | "or"; readonly left: PathNode; readonly right: PathNode }
  | { readonly kind: "not" | "unknown" | "exists"; readonly arg: PathNode }
  | { readonly kind: "starts"; readonly left: PathNode; readonly right: PathNode }
  | { readonly kind: "like"; readonly left: PathNode; readonly pattern: string; readonly flags: string };

export type PathStep =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "members" }
  | { readonly kind: "elements" }
  | { readonly kind: "subscripts"; readonly parts: readonly { readonly from: PathNode; readonly to: PathNode | null }[] }
  /** .** with the levels it goes down; null = to the last. */
  | { readonly kind: "deep"; readonly from: number | null; readonly to: number | null }
  | { readonly kind: "filter"; readonly test: PathNode }
  | { readonly kind: "method"; readonly name: string };

export interface Path {
  readonly strict: boolean;
  readonly node: PathNode;
  readonly predicate: boolean;
}

interface Token {
  readonly kind: "word" | "string" | "number" | "variable" | "mark";
  readonly text: string;
}

const PREDICATES: ReadonlySet<string> = new Set(["compare", "and", "or", "not", "unknown", "exists", "starts", "like"]);
export const isPredicate = (node: PathNode): boolean => PREDICATES.has(node.kind);

const METHODS: ReadonlySet<string> = new Set(["type", "size", "double", "ceiling", "floor", "abs", "keyvalue", "datetime"]);
const NUMBER = /^(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/;
const MARK = /^(?:==|!=|<>|<=|>=|&&|\|\||\*\*|[-+*/%<>!?(){}[\].,@$])/;

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function unescaped(text: string): string {
  return text.replace(
    /\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g,
    (_, long, short, byte, plain) => {
      const code = long ?? short ?? byte;
      return code === undefined ? (ESCAPES[plain] ?? plain) : String.fromCodePoint(Number.parseInt(code, 16));
    },
  );
}

class Grammar {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#scan();
  }

  #bad(near?: string): never {
    const token = near ?? this.#tokens[this.#at]?.text;
    return fail(
      "42601",
      token === undefined ? "syntax error at end of jsonpath input" : `syntax error at or near "${token}" of jsonpath input`,
    );
  }

  #scan(): void {
    let rest = this.#text;
    const take = (length: number): string => {
      const part = rest.slice(0, length);
      rest = rest.slice(length);
      return part;
    };
    for (;;) {
      take(/^(?:\s|\/\*[\s\S]*?\*\/)*/.exec(rest)?.[0].length ?? 0);
      if (rest === "") return;
      const quoted = /^(\$?)"((?:[^"\\]|\\[\s\S])*)"/.exec(rest);
      if (quoted !== null) {
        take(quoted[0].length);
        this.#tokens.push({ kind: quoted[1] === "$" ? "variable" : "string", text: unescaped(quoted[2] ?? "") });
        continue;
      }
      const variable = /^\$([\p{L}_][\p{L}\p{N}_$]*)/u.exec(rest);
      if (variable !== null) {
        take(variable[0].length);
        this.#tokens.push({ kind: "variable", text: variable[1] ?? "" });
        continue;
      }
      const number = NUMBER.exec(rest);
      if (number !== null) {
        const after = rest[number[0].length] ?? "";
        if (/[\p{L}_\d]/u.test(after))
          fail("42601", `trailing junk after numeric literal at or near "${number[0]}${after}" of jsonpath input`);
        this.#tokens.push({ kind: "number", text: take(number[0].length) });
        continue;
      }
      const mark = MARK.exec(rest);
      if (mark !== null) {
        this.#tokens.push({ kind: "mark", text: take(mark[0].length) });
        continue;
      }
      const word =
        /^(?:[^\s?%$.[\](){}|&!=<>@#,*:+\-/\\"]|\\(?:u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S]))+/u.exec(rest);
      if (word === null) this.#bad(rest[0]);
      this.#tokens.push({ kind: "word", text: unescaped(take(word?.[0].length ?? 1)) });
    }
  }

  #is(text: string, kind: Token["kind"] = "mark"): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === kind && token.text === text;
  }

  #take(text: string, kind: Token["kind"] = "mark"): boolean {
    if (!this.#is(text, kind)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#bad();
  }

  read(): Path {
    const strict = this.#take("strict", "word");
    if (!strict) this.#take("lax", "word");
    const node = this.#or();
    if (this.#at < this.#tokens.length) this.#bad();
    return { strict, node, predicate: isPredicate(node) };
  }

  #or(): PathNode {
    let left = this.#and();
    while (this.#take("||")) left = { kind: "or", left: this.#predicate(left), right: this.#predicate(this.#and()) };
    return left;
  }

  #and(): PathNode {
    let left = this.#not();
    while (this.#take("&&")) left = { kind: "and", left: this.#predicate(left), right: this.#predicate(this.#not()) };
    return left;
  }

  #predicate(node: PathNode): PathNode {
    return isPredicate(node) ? node : this.#bad();
  }

  #not(): PathNode {
    if (this.#take("!")) return { kind: "not", arg: this.#predicate(this.#not()) };
    return this.#comparison();
  }

  #comparison(): PathNode {
    const left = this.#sum();
    const token = this.#tokens[this.#at];
    if (token?.kind === "mark" && /^(?:==|!=|<>|<|<=|>|>=)$/.test(token.text) && !isPredicate(left)) {
      this.#at++;
      const op = (token.text === "<>" ? "!=" : token.text) as Compare;
      return { kind: "compare", op, left, right: this.#sum() };
    }
    if (this.#is("starts", "word")) {
      this.#at++;
      if (!this.#take("with", "word")) this.#bad();
      return { kind: "starts", left, right: this.#primary() };
    }
    if (this.#take("like_regex", "word")) {
      const pattern = this.#tokens[this.#at++];
      if (pattern?.kind !== "string") return this.#bad();
      let flags = "";
      if (this.#take("flag", "word")) {
        const given = this.#tokens[this.#at++];
        if (given?.kind !== "string") return this.#bad();
        flags = given.text;
        const wrong = /[^ismxq]/.exec(flags);
        if (wrong !== null)
          fail("42601", "invalid input syntax for type jsonpath", {
            detail: `Unrecognized flag character "${wrong[0]}" in LIKE_REGEX predicate.`,
          });
      }
      return { kind: "like", left, pattern: pattern.text, flags };
    }
    return left;
  }

  #sum(): PathNode {
    let left = this.#product();
    for (;;) {
      const op = this.#is("+") ? "+" : this.#is("-") ? "-" : null;
      if (op === null || isPredicate(left)) return left;
      this.#at++;
      left = { kind: "arithmetic", op, left, right: this.#product() };
    }
  }

  #product(): PathNode {
    let left = this.#signed();
    for (;;) {
      const op = (["*", "/", "%"] as const).find((mark) => this.#is(mark));
      if (op === undefined || isPredicate(left)) return left;
      this.#at++;
      left = { kind: "arithmetic", op, left, right: this.#signed() };
    }
  }

  #signed(): PathNode {
    if (this.#take("+")) return { kind: "sign", op: "+", arg: this.#signed() };
    if (this.#take("-")) return { kind: "sign", op: "-", arg: this.#signed() };
    return this.#primary();
  }

  #primary(): PathNode {
    if (++this.#depth > 500) fail("54001", "stack depth limit exceeded");
    const base = this.#base();
    const steps = this.#steps();
    this.#depth--;
    return steps.length === 0 ? base : { kind: "chain", base, steps };
  }

  #base(): PathNode {
    const token = this.#tokens[this.#at++];
    if (token === undefined) return this.#bad();
    switch (token.kind) {
      case "variable":
        return { kind: "variable", name: token.text };
      case "string":
        return { kind: "literal", value: token.text };
      case "number":
        return { kind: "number", text: token.text };
      case "word": {
        if (token.text === "null") return { kind: "literal", value: null };
        if (token.text === "true" || token.text === "false") return { kind: "literal", value: token.text === "true" };
        if (token.text === "last") return { kind: "last" };
        if (token.text === "exists") {
          this.#expect("(");
          const arg = this.#or();
          this.#expect(")");
          return { kind: "exists", arg };
        }
        this.#at--;
        return this.#bad();
      }
      case "mark": {
        if (token.text === "$") return { kind: "root" };
        if (token.text === "@") return { kind: "current" };
        if (token.text === "(") {
          const inner = this.#or();
          this.#expect(")");
          if (this.#take("is", "word")) {
            if (!this.#take("unknown", "word")) this.#bad();
            return { kind: "unknown", arg: this.#predicate(inner) };
          }
          return inner;
        }
        this.#at--;
        return this.#bad();
      }
    }
  }

  #steps(): PathStep[] {
    const steps: PathStep[] = [];
    for (;;) {
      if (this.#take("?")) {
        this.#expect("(");
        const test = this.#predicate(this.#or());
        this.#expect(")");
        steps.push({ kind: "filter", test });
      } else if (this.#take("[")) {
        steps.push(this.#subscripts());
      } else if (this.#take(".")) steps.push(this.#member());
      else return steps;
    }
  }

  #subscripts(): PathStep {
    if (this.#take("*")) {
      this.#expect("]");
      return { kind: "elements" };
    }
    const parts: { from: PathNode; to: PathNode | null }[] = [];
    do {
      const from = this.#sum();
      parts.push({ from, to: this.#take("to", "word") ? this.#sum() : null });
    } while (this.#take(","));
    this.#expect("]");
    return { kind: "subscripts", parts };
  }

  #member(): PathStep {
    if (this.#take("**")) return this.#deep();
    if (this.#take("*")) return { kind: "members" };
    const token = this.#tokens[this.#at++];
    if (token?.kind === "word" && METHODS.has(token.text) && this.#take("(")) {
      if (token.text === "datetime" && !this.#is(")")) {
        if (this.#tokens[this.#at++]?.kind !== "string") this.#bad();
      }
      this.#expect(")");
      return { kind: "method", name: token.text };
    }
    if (token?.kind === "word" || token?.kind === "string") return { kind: "member", name: token.text };
    this.#at--;
    return this.#bad();
  }

  #deep(): PathStep {
    if (!this.#take("{")) return { kind: "deep", from: 0, to: null };
    const level = (): number | null => {
      if (this.#take("last", "word")) return null;
      const token = this.#tokens[this.#at++];
      return token?.kind === "number" && /^\d+$/.test(token.text) ? Number(token.text) : this.#bad();
    };
    const from = level();
    const to = this.#take("to", "word") ? level() : from;
    this.#expect("}");
    return { kind: "deep", from, to };
  }
}

const KEPT = 500;
const kept = new Map<string, Path>();

/** Reads a path; paths are kept, because one meets many rows. */
export function readPath(text: string): Path {
  const known = kept.get(text);
  if (known !== undefined) return known;
  if (text.trim() === "") fail("22P02", `invalid input syntax for type jsonpath: "${text}"`);
  const path = new Grammar(text).read();
  checkPlaces(path.node, false, false);
  if (kept.size >= KEPT) kept.clear();
  kept.set(text, path);
  return path;
}

/** @ only stands in filters, LAST only in subscripts. */
function checkPlaces(node: PathNode, filtered: boolean, subscript: boolean): void {
  switch (node.kind) {
    case "current":
      if (!filtered) fail("42601", "@ is not allowed in root expressions");
      return;
    case "last":
      if (!subscript) fail("42601", "LAST is allowed only in array subscripts");
      return;
    case "arithmetic":
    case "compare":
    case "and":
    case "or":
    case "starts":
      checkPlaces(node.left, filtered, subscript);
      return checkPlaces(node.right, filtered, subscript);
    case "sign":
    case "not":
    case "unknown":
    case "exists":
      return checkPlaces(node.arg, filtered, subscript);
    case "like":
      return checkPlaces(node.left, filtered, subscript);
    case "chain":
      checkPlaces(node.base, filtered, subscript);
      for (const step of node.steps) {
        if (step.kind === "filter") checkPlaces(step.test, true, subscript);
        if (step.kind === "subscripts") {
          for (const { from, to } of step.parts) {
            checkPlaces(from, filtered, true);
            if (to !== null) checkPlaces(to, filtered, true);
          }
        }
      }
      return;
    default:
      return;
  }
}

const RANKS: Readonly<Record<string, number>> = {
  or: 0,
  and: 1,
  compare: 2,
  starts: 2,
  like: 2,
  "+": 3,
  "-": 3,
  "*": 4,
  "/": 4,
  "%": 4,
  sign: 5,
};
const rankOf = (node: PathNode): number => RANKS[node.kind === "arithmetic" ? node.op : node.kind] ?? 6;
const quoted = (text: string): string => JSON.stringify(text);

/** A path as PostgreSQL prints it. */
export function printPath(path: Path): string {
  return `${path.strict ? "strict " : ""}${printNode(path.node, true)}`;
}

/** `bare`: no parentheses are needed around it, whatever it is. */
function printNode(node: PathNode, bare: boolean): string {
  const around = (text: string): string => (bare ? text : `(${text})`);
  const inner = (side: PathNode): string => printNode(side, rankOf(side) > rankOf(node));
  switch (node.kind) {
    case "root":
      return "$";
    case "current":
      return "@";
    case "last":
      return "last";
    case "variable":
      return `$${quoted(node.name)}`;
    case "literal":
      return typeof node.value === "string" ? quoted(node.value) : String(node.value);
    case "number":
      return printDecimal(toDecimal(node.text));
    case "arithmetic":
      return around(`${inner(node.left)} ${node.op} ${inner(node.right)}`);
    case "and":
    case "or":
      return around(`${inner(node.left)} ${node.kind === "and" ? "&&" : "||"} ${inner(node.right)}`);
    case "compare":
      return around(`${inner(node.left)} ${node.op} ${inner(node.right)}`);
    case "sign":
      return around(`${node.op}${inner(node.arg)}`);
    case "not":
      return `!(${printNode(node.arg, true)})`;
    case "unknown":
      return `(${printNode(node.arg, true)}) is unknown`;
    case "exists":
      return `exists (${printNode(node.arg, true)})`;
    case "starts":
      return around(`${inner(node.left)} starts with ${inner(node.right)}`);
    case "like":
      return around(
        `${inner(node.left)} like_regex ${quoted(node.pattern)}${node.flags === "" ? "" : ` flag ${quoted(node.flags)}`}`,
      );
    case "chain":
      return printNode(node.base, rankOf(node.base) === 6 && node.base.kind !== "number") + node.steps.map(printStep).join("");
  }
}

function printStep(step: PathStep): string {
  switch (step.kind) {
    case "member":
      return `.${quoted(step.name)}`;
    case "members":
      return ".*";
    case "elements":
      return "[*]";
    case "subscripts":
      return `[${step.parts.map(({ from, to }) => printNode(from, true) + (to === null ? "" : ` to ${printNode(to, true)}`)).join(",")}]`;
    case "deep": {
      const level = (value: number | null): string => (value === null ? "last" : String(value));
      if (step.from === 0 && step.to === null) return ".**";
      return step.from === step.to ? `.**{${level(step.from)}}` : `.**{${level(step.from)} to ${level(step.to)}}`;
    }
    case "filter":
      return `?(${printNode(step.test, true)})`;
    case "method":
      return `.${step.name}()`;
  }
}
