// Arrays over any element type. Inside SQLite: JSON text whose leaves are numbers, true/false, null or the element's internal
// text as a string, so that json_each hands elements over ready to compare. In a document: a JSON array of document forms.
import { fail } from "../errors.ts";
import { defineType } from "./define.ts";
import { type Json, printCompact, quoteJson, readJson } from "./json-tree.ts";
import type { Style } from "./style.ts";
import { PLAIN_STYLE } from "./style.ts";
import type { Present, Raw, SqlType } from "./type.ts";

/** An array's elements: leaves or, for more dimensions, arrays. */
export type Elements = readonly (Raw | Elements)[];

const MAX_DIMENSIONS = 6;

function leafJson(element: SqlType, raw: Present): string {
  if (Buffer.isBuffer(raw)) return quoteJson(`\\x${raw.toString("hex")}`);
  if (typeof raw === "string") return quoteJson(raw);
  if (element.storage === "integer" && element.category === "B") return raw ? "true" : "false";
  return typeof raw === "number" && !Number.isFinite(raw) ? quoteJson(String(raw)) : String(raw);
}

/** Elements to the internal JSON text. */
export function packArray(element: SqlType, elements: Elements): string {
  const parts = elements.map((item) =>
    Array.isArray(item) ? packArray(element, item as Elements) : item === null ? "null" : leafJson(element, item as Present),
  );
  return `[${parts.join(",")}]`;
}

function leafRaw(element: SqlType, leaf: Json): Raw {
  switch (leaf.kind) {
    case "null":
      return null;
    case "boolean":
      return leaf.value ? 1 : 0;
    case "number": {
      if (element.storage === "text") return leaf.text;
      const value = Number(leaf.text);
      return Number.isSafeInteger(value) || /[.eE]/.test(leaf.text) ? value : BigInt(leaf.text);
    }
    case "string":
      if (element.storage === "blob") return Buffer.from(leaf.value.slice(2), "hex");
      return element.storage === "real" && leaf.value !== "NaN" ? Number(leaf.value) : leaf.value;
    default:
      return fail("22P02", "malformed array: an object or an array stands where an element is expected");
  }
}

function unpackTree(element: SqlType, tree: Json): Elements {
  if (tree.kind !== "array") return fail("22P02", "malformed array: the stored value is not a JSON array");
  return tree.items.map((item) => (item.kind === "array" ? unpackTree(element, item) : leafRaw(element, item)));
}

/** Internal JSON text to elements. */
export function unpackArray(element: SqlType, raw: string): Elements {
  return unpackTree(element, readJson(raw));
}

export function dimensionsOf(elements: Elements): number[] {
  const sizes: number[] = [];
  let level: Elements | Raw | undefined = elements;
  while (Array.isArray(level)) {
    if (level.length === 0) return [];
    sizes.push(level.length);
    level = level[0] as Elements | Raw;
  }
  return sizes;
}

class Reader {
  readonly text: string;
  readonly element: SqlType;
  readonly typmod: number;
  readonly style: Style;
  at = 0;

  constructor(text: string, element: SqlType, typmod: number, style: Style) {
    this.text = text;
    this.element = element;
    this.typmod = typmod;
    this.style = style;
  }

  bad(detail: string): never {
    return fail("22P02", `malformed array literal: "${this.text}"`, { detail });
  }

  blank(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }

  leaf(): Raw {
    let out = "";
    let quoted = false;
    let kept = 0;
    for (;;) {
      const character = this.text[this.at];
      if (character === undefined) this.bad("Unexpected end of input.");
      if (character === '"') {
        quoted = true;
        for (this.at++; this.text[this.at] !== '"'; this.at++) {
          if (this.text[this.at] === "\\") this.at++;
          if (this.at >= this.text.length) this.bad("Unexpected end of input.");
          out += this.text[this.at];
        }
        kept = out.length;
        this.at++;
      } else if (character === "\\") {
        out += this.text[this.at + 1] ?? this.bad("Unexpected end of input.");
        kept = out.length;
        this.at += 2;
      } else if (character === "," || character === "}") break;
      else if (character === "{") this.bad('Unexpected "{" character.');
      else {
        out += character;
        if (!/\s/.test(character)) kept = out.length;
        this.at++;
      }
    }
    const value = out.slice(0, kept);
    if (!quoted && value === "") this.bad(`Unexpected "${this.text[this.at]}" character.`);
    if (!quoted && value.toUpperCase() === "NULL") return null;
    return this.element.input(value, this.typmod, this.style);
  }

  list(depth: number): Elements {
    if (depth > MAX_DIMENSIONS)
      fail("54000", `number of array dimensions (${depth}) exceeds the maximum allowed (${MAX_DIMENSIONS})`);
    this.at++;
    const items: (Raw | Elements)[] = [];
    this.blank();
    if (this.text[this.at] === "}") {
      this.at++;
      return items;
    }
    for (;;) {
      this.blank();
      items.push(this.text[this.at] === "{" ? this.list(depth + 1) : this.leaf());
      this.blank();
      const character = this.text[this.at++];
      if (character === "}") break;
      if (character !== ",") this.bad("Unexpected array element.");
    }
    const size = (item: Raw | Elements): number => (Array.isArray(item) ? item.length : -1);
    if (items.some((item) => size(item) !== size(items[0] ?? null))) {
      this.bad("Multidimensional arrays must have sub-arrays with matching dimensions.");
    }
    return items;
  }

  whole(): Elements {
    this.blank();
    if (this.text[this.at] !== "{") {
      if (this.text[this.at] === "[") fail("0A000", "arrays with subscripts other than from 1 are not supported by ChronDB");
      this.bad('Array value must start with "{" or dimension information.');
    }
    const elements = this.list(1);
    this.blank();
    if (this.at < this.text.length) this.bad("Junk after closing right brace.");
    return dimensionsOf(elements).length === 0 ? [] : elements;
  }
}

function quoteElement(text: string): string {
  if (text !== "" && !/[{}",\\\s]/.test(text) && text.toUpperCase() !== "NULL") return text;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

export function showArray(element: SqlType, elements: Elements, style: Style): string {
  const parts = elements.map((item) =>
    Array.isArray(item)
      ? showArray(element, item as Elements, style)
      : item === null
        ? "NULL"
        : quoteElement(element.output(item as Present, style)),
  );
  return `{${parts.join(",")}}`;
}

function decode(element: SqlType, bytes: Buffer): string {
  const dimensions = bytes.readInt32BE(0);
  const sizes: number[] = [];
  let at = 12;
  for (let n = 0; n < dimensions; n++, at += 8) sizes.push(bytes.readInt32BE(at));
  if (dimensions > MAX_DIMENSIONS || sizes.some((size) => size < 0)) fail("22P03", "invalid array dimensions in binary data");
  const list = (level: number): string => {
    const parts: string[] = [];
    for (let n = 0; n < (sizes[level] ?? 0); n++) {
      if (level + 1 < sizes.length) parts.push(list(level + 1));
      else {
        const length = bytes.readInt32BE(at);
        at += 4;
        if (length < 0) parts.push("NULL");
        else {
          parts.push(quoteElement(element.decode(bytes.subarray(at, at + length))));
          at += length;
        }
      }
    }
    return `{${parts.join(",")}}`;
  };
  return dimensions === 0 ? "{}" : list(0);
}

function encode(element: SqlType, text: string): Buffer {
  const elements = readArrayText(element, text, PLAIN_STYLE);
  const sizes = dimensionsOf(elements);
  let hasNull = 0;
  const parts: Buffer[] = [];
  const walk = (items: Elements): void => {
    for (const item of items) {
      if (Array.isArray(item)) walk(item as Elements);
      else if (item === null) {
        hasNull = 1;
        parts.push(Buffer.from([255, 255, 255, 255]));
      } else {
        const bytes = element.encode(element.output(item as Present, PLAIN_STYLE));
        const length = Buffer.alloc(4);
        length.writeInt32BE(bytes.length);
        parts.push(length, bytes);
      }
    }
  };
  walk(elements);
  const head = Buffer.alloc(12 + sizes.length * 8);
  head.writeInt32BE(sizes.length, 0);
  head.writeInt32BE(hasNull, 4);
  head.writeUInt32BE(element.oid, 8);
  for (const [n, size] of sizes.entries()) {
    head.writeInt32BE(size, 12 + n * 8);
    head.writeInt32BE(1, 16 + n * 8);
  }
  return Buffer.concat([head, ...parts]);
}

export function readArrayText(element: SqlType, text: string, style: Style, typmod = -1): Elements {
  return new Reader(text, element, typmod, style).whole();
}

/** JSON of a document to the internal form: the same text, unless the element's two forms differ. */
function fromDocument(element: SqlType, json: string, style: Style): string {
  const convert = (tree: Json): Raw | Elements => {
    if (tree.kind === "null") return null;
    if (tree.kind === "array" && element.category !== "U") return tree.items.map(convert);
    return element.fromJson(printCompact(tree), style);
  };
  const tree = readJson(json);
  if (tree.kind !== "array") return fail("22P02", `malformed array: expected a JSON array for type ${element.display}[]`);
  return packArray(element, tree.items.map(convert));
}

function toDocument(element: SqlType, elements: Elements, style: Style): string {
  const parts = elements.map((item) =>
    Array.isArray(item)
      ? toDocument(element, item as Elements, style)
      : item === null
        ? "null"
        : element.toJson(item as Present, style),
  );
  return `[${parts.join(",")}]`;
}

/** Elements whose document form is their internal form, so that an array needs no conversion on the way out of a document. */
const SAME_FORM = new Set([
  "bool",
  "int2",
  "int4",
  "int8",
  "oid",
  "text",
  "varchar",
  "bpchar",
  "name",
  "uuid",
  "date",
  "timestamp",
  "timestamptz",
  "time",
]);

export function arrayOf(element: SqlType): SqlType {
  return defineType({
    oid: element.arrayOid,
    arrayOid: 0,
    elementOid: element.oid,
    name: `_${element.name}`,
    display: `${element.display}[]`,
    length: -1,
    category: "A",
    storage: "text",
    comparable: element.comparable,
    input: (text, typmod, style) => packArray(element, readArrayText(element, text, style, typmod)),
    output: (raw, style) => showArray(element, unpackArray(element, String(raw)), style),
    decode: (bytes) => decode(element, bytes),
    encode: (text) => encode(element, text),
    key: SAME_FORM.has(element.name) ? null : (sql) => `array_key_${element.oid}(${sql})`,
    member: (body, path) =>
      SAME_FORM.has(element.name)
        ? `nullif(${body} -> ${path}, 'null')`
        : `array_member_${element.oid}(nullif(${body} -> ${path}, 'null'))`,
    toJson: (raw, style) => toDocument(element, unpackArray(element, String(raw)), style),
    fromJson: (json, style) => fromDocument(element, json, style),
    modify: element.modify === null ? null : (raw, typmod, explicit) => modifyAll(element, String(raw), typmod, explicit),
    showModifier: element.showModifier,
    readModifier: element.readModifier,
  });
}

function modifyAll(element: SqlType, raw: string, typmod: number, explicit: boolean): string {
  const { modify } = element;
  if (modify === null) return raw;
  const walk = (items: Elements): Elements =>
    items.map((item) =>
      Array.isArray(item) ? walk(item as Elements) : item === null ? null : modify(item as Present, typmod, explicit),
    );
  return packArray(element, walk(unpackArray(element, raw)));
}

/** int2vector and oidvector: printed as numbers with blanks between. */
export function vectorOf(element: SqlType, oid: number, arrayOid: number, name: string): SqlType {
  const list = (text: string): Elements =>
    text
      .trim()
      .split(/\s+/)
      .filter((word) => word !== "")
      .map((word) => element.input(word, -1, PLAIN_STYLE));
  return defineType({
    oid,
    arrayOid,
    elementOid: element.oid,
    name,
    length: -1,
    category: "A",
    storage: "text",
    input: (text) => packArray(element, list(text)),
    output: (raw, style) =>
      unpackArray(element, String(raw))
        .map((item) => element.output(item as Present, style))
        .join(" "),
    decode: (bytes) =>
      readArrayText(element, decode(element, bytes), PLAIN_STYLE)
        .map((item) => element.output(item as Present, PLAIN_STYLE))
        .join(" "),
    encode: (text) => {
      const bytes = encode(element, `{${text.trim().split(/\s+/).join(",")}}`);
      // Vectors count from 0.
      if (bytes.length > 12) bytes.writeInt32BE(0, 16);
      return bytes;
    },
  });
}
