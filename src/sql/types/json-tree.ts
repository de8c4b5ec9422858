// JSON as a tree that keeps numbers as written, with jsonb's canonical print: keys by length then bytes, the last of equal keys,
// one blank after `:` and `,`, numbers as numeric prints them.
import { fail } from "../errors.ts";
import { printDecimal, sortKey, toDecimal } from "./decimal.ts";

export type Json =
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "array"; readonly items: readonly Json[] }
  | { readonly kind: "object"; readonly members: readonly (readonly [key: string, value: Json])[] };

const MAX_DEPTH = 1000;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANK = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

class Reader {
  readonly text: string;
  at = 0;
  depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  bad(): never {
    const rest = this.text.slice(this.at);
    const token = /^(?:[A-Za-z0-9_.+-]+|.)/su.exec(rest)?.[0];
    return fail("22P02", "invalid input syntax for type json", {
      detail: token === undefined ? "The input string ended unexpectedly." : `Token "${token}" is invalid.`,
    });
  }

  blank(): void {
    BLANK.lastIndex = this.at;
    BLANK.exec(this.text);
    this.at = BLANK.lastIndex;
  }

  take(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return null;
    this.at = pattern.lastIndex;
    return match[0];
  }

  string(): string {
    const text = this.take(STRING) ?? this.bad();
    return text.includes("\\") ? (JSON.parse(text) as string) : text.slice(1, -1);
  }

  word(word: string, value: Json): Json {
    if (!this.text.startsWith(word, this.at) || /[A-Za-z0-9_]/.test(this.text[this.at + word.length] ?? "")) this.bad();
    this.at += word.length;
    return value;
  }

  value(): Json {
    this.blank();
    switch (this.text[this.at]) {
      case "{":
        return this.object();
      case "[":
        return this.array();
      case '"':
        return { kind: "string", value: this.string() };
      case "t":
        return this.word("true", { kind: "boolean", value: true });
      case "f":
        return this.word("false", { kind: "boolean", value: false });
      case "n":
        return this.word("null", { kind: "null" });
      default:
        return { kind: "number", text: this.take(NUMBER) ?? this.bad() };
    }
  }

  enter(): void {
    this.at++;
    if (++this.depth > MAX_DEPTH) fail("54001", "stack depth limit exceeded: the JSON value is nested too deeply");
    this.blank();
  }

  separator(close: string): boolean {
    this.blank();
    const next = this.text[this.at];
    if (next !== close && next !== ",") this.bad();
    this.at++;
    return next === close;
  }

  array(): Json {
    this.enter();
    const items: Json[] = [];
    if (this.text[this.at] === "]") this.at++;
    else
      do items.push(this.value());
      while (!this.separator("]"));
    this.depth--;
    return { kind: "array", items };
  }

  object(): Json {
    this.enter();
    const members: [string, Json][] = [];
    if (this.text[this.at] === "}") this.at++;
    else
      do {
        this.blank();
        const key = this.string();
        this.blank();
        if (this.text[this.at] !== ":") this.bad();
        this.at++;
        members.push([key, this.value()]);
      } while (!this.separator("}"));
    this.depth--;
    return { kind: "object", members };
  }
}

export function readJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value();
  reader.blank();
  if (reader.at < text.length) reader.bad();
  return value;
}

const byteLength = (text: string): number => Buffer.byteLength(text);

export function compareKeys(a: string, b: string): number {
  return byteLength(a) - byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Members as jsonb keeps them: sorted, without repeats. */
export function jsonbMembers(members: readonly (readonly [string, Json])[]): [string, Json][] {
  return [...new Map(members)].sort((a, b) => compareKeys(a[0], b[0]));
}

function jsonNumber(text: string): string {
  if (!/[eE]|^-0/.test(text)) return text;
  const value = printDecimal(toDecimal(text));
  return value;
}

export const quoteJson = (text: string): string => JSON.stringify(text);

export function printJsonb(value: Json): string {
  switch (value.kind) {
    case "null":
      return "null";
    case "boolean":
      return String(value.value);
    case "number":
      return jsonNumber(value.text);
    case "string":
      return quoteJson(value.value);
    case "array":
      return `[${value.items.map(printJsonb).join(", ")}]`;
    case "object":
      return `{${jsonbMembers(value.members)
        .map(([key, member]) => `${quoteJson(key)}: ${printJsonb(member)}`)
        .join(", ")}}`;
  }
}

/** Compact text with members in the order written: the form documents are stored in. */
export function printCompact(value: Json): string {
  switch (value.kind) {
    case "null":
      return "null";
    case "boolean":
      return String(value.value);
    case "number":
      return value.text;
    case "string":
      return quoteJson(value.value);
    case "array":
      return `[${value.items.map(printCompact).join(",")}]`;
    case "object":
      return `{${[...new Map(value.members)].map(([key, member]) => `${quoteJson(key)}:${printCompact(member)}`).join(",")}}`;
  }
}

/** A text that is equal for equal values and ordered as jsonb is: Object > Array > Boolean > Number > String > Null. */
export function jsonbKey(value: Json): string {
  switch (value.kind) {
    case "null":
      return "0";
    case "string":
      return `1${value.value}\u0000`;
    case "number":
      return `2${sortKey(value.text)}\u0000`;
    case "boolean":
      return value.value ? "31" : "30";
    case "array":
      return `4${String(value.items.length).padStart(9, "0")}${value.items.map(jsonbKey).join("")}`;
    case "object": {
      const members = jsonbMembers(value.members);
      return `5${String(members.length).padStart(9, "0")}${members.map(([key, member]) => `${key}\u0000${jsonbKey(member)}`).join("")}`;
    }
  }
}
