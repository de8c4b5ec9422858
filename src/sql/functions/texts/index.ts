// Functions on text, bytes and identifiers.
import { createHash } from "node:crypto";
import { fail } from "../../errors.ts";
import { packArray } from "../../types/array.ts";
import { OID, type Raw, typeByOid } from "../../types/index.ts";
import { style } from "../context.ts";
import type { CallTypes, SqlFunction } from "../define.ts";
import { any, bool, bytea, int4, int8, js, native, text, texts, truth, variadic } from "../short.ts";
import { byteFunctions } from "./bytes.ts";
import { formatText, quoteIdent, quoteLiteral } from "./format.ts";
import { likePattern, similarPattern, withEscape } from "./like.ts";
import { regularExpression } from "./regex.ts";
import { regexpFunctions } from "./regexps.ts";

const characters = (raw: Raw | undefined): string[] => [...String(raw)];
const textType = typeByOid(OID.text);
const MAX_TEXT = 1 << 28;

/** substring(text, from, count), counting characters from 1; what lies before the first counts as missing. */
function substring(value: Raw, from: Raw, count?: Raw): string {
  const all = characters(value);
  const start = Number(from);
  if (count === undefined) return all.slice(Math.max(0, start - 1)).join("");
  if (Number(count) < 0) fail("22011", "negative substring length not allowed");
  return all.slice(Math.max(0, start - 1), Math.max(0, start - 1 + Number(count))).join("");
}

function pad(value: Raw, length: Raw, filling: Raw | undefined, left: boolean): string {
  const all = characters(value);
  const wanted = Math.max(0, Number(length));
  if (wanted > MAX_TEXT) fail("54000", "requested length too large");
  if (all.length >= wanted) return all.slice(0, wanted).join("");
  const fill = filling === undefined ? [" "] : characters(filling);
  if (fill.length === 0) return all.join("");
  let added = "";
  for (let at = 0; at < wanted - all.length; at++) added += fill[at % fill.length];
  return left ? added + all.join("") : all.join("") + added;
}

function trim(value: Raw, set: Raw | undefined, left: boolean, right: boolean): string {
  const all = characters(value);
  const wanted = new Set(set === undefined ? [" "] : characters(set));
  let from = 0;
  let to = all.length;
  if (left) while (from < to && wanted.has(all[from] ?? "")) from++;
  if (right) while (to > from && wanted.has(all[to - 1] ?? "")) to--;
  return all.slice(from, to).join("");
}

function repeat(value: Raw, count: Raw): string {
  const times = Math.max(0, Number(count));
  if (String(value).length * times > MAX_TEXT) fail("54000", "requested length too large");
  return String(value).repeat(times);
}

function splitPart(value: Raw, separator: Raw, position: Raw): string {
  const n = Number(position);
  if (n === 0) fail("22023", "field position must not be zero");
  const parts = separator === "" ? [String(value)] : String(value).split(String(separator));
  return parts.at(n > 0 ? n - 1 : n) ?? "";
}

const initcap = (value: string): string =>
  value.toLowerCase().replace(/[\p{L}\p{N}]+/gu, (word) => {
    const [first = "", ...rest] = [...word];
    return first.toUpperCase() + rest.join("");
  });

function translate(value: Raw, from: Raw, to: Raw): string {
  const targets = characters(to);
  const map = new Map<string, string>();
  for (const [at, character] of characters(from).entries()) if (!map.has(character)) map.set(character, targets[at] ?? "");
  return characters(value)
    .map((character) => map.get(character) ?? character)
    .join("");
}

/** Replacement text of regexp_replace: \1 to \9, \&. */
function replacement(match: RegExpExecArray, pattern: string): string {
  return pattern.replace(/\\([0-9&\\])/g, (_, what: string) =>
    what === "\\" ? "\\" : what === "&" ? match[0] : (match[Number(what)] ?? ""),
  );
}

function regexpReplace(value: string, pattern: string, change: string, flags: string): string {
  const expression = regularExpression(pattern, flags.replace("g", ""));
  const global = flags.includes("g");
  let out = "";
  let from = 0;
  const search = new RegExp(expression.source, `${expression.flags}g`);
  for (let match = search.exec(value); match !== null; match = search.exec(value)) {
    out += value.slice(from, match.index) + replacement(match, change);
    from = match.index + match[0].length;
    if (match[0] === "") search.lastIndex++;
    if (!global) break;
  }
  return out + value.slice(from);
}

function groupsOf(match: RegExpExecArray): string {
  return packArray(textType, match.length > 1 ? match.slice(1).map((group) => group ?? null) : [match[0]]);
}

/** substring(text from pattern): the first group, else the whole match. */
function substringMatching(value: Raw, pattern: Raw): string | null {
  const match = regularExpression(String(pattern), "").exec(String(value));
  return match === null ? null : match.length > 1 ? (match[1] ?? null) : match[0];
}

/** substring(text similar pattern escape mark): what stands between the two marked double quotes. */
function substringSimilar(value: string, pattern: string, mark: string): string | null {
  if ([...mark].length > 1) fail("22025", "invalid escape string", { hint: "Escape string must be empty or one character." });
  const parts: string[] = [""];
  const all = characters(pattern);
  for (let at = 0; at < all.length; at++) {
    const character = all[at] ?? "";
    if (mark !== "" && character === mark && all[at + 1] === '"') {
      parts.push("");
      at++;
    } else if (mark !== "" && character === mark) parts[parts.length - 1] += character + (all[++at] ?? "");
    else parts[parts.length - 1] += character;
  }
  if (parts.length > 3) {
    fail("2200C", "SQL regular expression may not contain more than two escape-double-quote separators");
  }
  const inner = (part: string): string => similarPattern(part, mark).replace(/^\^\(\?:([\s\S]*)\)\$$/, "$1");
  const [before = "", middle, after = ""] = parts;
  // The first part takes as little as it can, the middle as much.
  const source =
    middle === undefined ? `^(${inner(before)})$` : `^(?:${lazy(inner(before))})(${inner(middle)})(?:${inner(after)})$`;
  const match = regularExpression(source, "").exec(value);
  return match === null ? null : (match[1] ?? null);
}

const lazy = (source: string): string => source.replace(/\.\*|(?<=[^\\])[*+](?!\?)/g, "$&?");

const hash = (algorithm: string) => (value: Raw) =>
  createHash(algorithm)
    .update(Buffer.isBuffer(value) ? value : Buffer.from(String(value), "utf8"))
    .digest();

function encode(bytes: Buffer, format: string): string {
  if (format === "hex") return bytes.toString("hex");
  if (format === "base64") return bytes.toString("base64").replace(/.{76}(?=.)/g, "$&\n");
  if (format === "escape") return typeByOid(OID.bytea).output(bytes, { ...style(), byteaEscape: true });
  return fail("22023", `unrecognized encoding: "${format}"`);
}

function decode(value: string, format: string): Buffer {
  if (format === "hex") return typeByOid(OID.bytea).input(`\\x${value}`, -1, style()) as Buffer;
  if (format === "base64") return Buffer.from(value, "base64");
  if (format === "escape") return typeByOid(OID.bytea).input(value, -1, style()) as Buffer;
  return fail("22023", `unrecognized encoding: "${format}"`);
}

/** Types of a call's variadic arguments, which are passed first. */
const typesOf = (raw: Raw | undefined): readonly number[] => (JSON.parse(String(raw)) as CallTypes).args;
const shown = (type: number, value: Raw): string | null =>
  value === null
    ? null
    : type === OID.bool
      ? value
        ? "t"
        : "f"
      : typeByOid(type === OID.unknown ? OID.text : type).output(value, style());

export const textFunctions: readonly SqlFunction[] = [
  ...byteFunctions,
  ...regexpFunctions,
  js("upper", [text], text, (a) => String(a).toUpperCase()),
  js("lower", [text], text, (a) => String(a).toLowerCase()),
  js("initcap", [text], text, (a) => initcap(String(a))),
  ...["length", "char_length", "character_length"].map((name) => native(name, [text], int4, ([a = ""]) => `length(${a})`)),
  native("length", [bytea], int4, ([a = ""]) => `length(${a})`),
  native("octet_length", [text], int4, ([a = ""]) => `octet_length(${a})`),
  native("octet_length", [bytea], int4, ([a = ""]) => `octet_length(${a})`),
  native("bit_length", [text], int4, ([a = ""]) => `(8 * octet_length(${a}))`),
  ...["substring", "substr"].flatMap((name) => [
    js(name, [text, int4], text, (a, b) => substring(a ?? null, b ?? null)),
    js(name, [text, int4, int4], text, (a, b, c) => substring(a ?? null, b ?? null, c ?? null)),
  ]),
  js("substring", [bytea, int4, int4], bytea, (a, b, c) =>
    (a as Buffer).subarray(Math.max(0, Number(b) - 1), Math.max(0, Number(b) - 1 + Number(c))),
  ),
  js("substring", [text, text, text], text, (a, pattern, mark) => substringSimilar(String(a), String(pattern), String(mark))),
  js("substring", [text, text], text, (a, b) => substringMatching(a ?? null, b ?? null)),
  js("left", [text, int4], text, (a, n) =>
    characters(a)
      .slice(0, Number(n) < 0 ? Math.max(0, characters(a).length + Number(n)) : Number(n))
      .join(""),
  ),
  js("right", [text, int4], text, (a, n) => {
    const all = characters(a);
    const count = Number(n) < 0 ? Math.max(0, all.length + Number(n)) : Number(n);
    return all.slice(Math.max(0, all.length - count)).join("");
  }),
  ...(
    [
      ["btrim", true, true],
      ["ltrim", true, false],
      ["rtrim", false, true],
    ] as const
  ).map(([name, left, right]) => js(name, [text, text], text, (a, set) => trim(a ?? null, set, left, right), { optional: 1 })),
  js("lpad", [text, int4, text], text, (a, n, fill) => pad(a ?? null, n ?? null, fill, true), { optional: 1 }),
  js("rpad", [text, int4, text], text, (a, n, fill) => pad(a ?? null, n ?? null, fill, false), { optional: 1 }),
  js("repeat", [text, int4], text, (a, n) => repeat(a ?? null, n ?? null)),
  js("replace", [text, text, text], text, (a, from, to) =>
    from === "" ? String(a) : String(a).replaceAll(String(from), () => String(to)),
  ),
  js("translate", [text, text, text], text, (a, from, to) => translate(a ?? null, from ?? null, to ?? null)),
  native("name_subscript", [OID.name, int4], OID.char, ([a = "", at = ""]) => `substr(${a}, ${at} + 1, 1)`),
  js("reverse", [text], text, (a) => characters(a).reverse().join("")),
  ...["strpos", "position"].map((name) =>
    js(name, [text, text], int4, (a, b) => {
      const at = String(a).indexOf(String(b));
      return at < 0 ? 0 : [...String(a).slice(0, at)].length + 1;
    }),
  ),
  js("starts_with", [text, text], bool, (a, b) => truth(String(a).startsWith(String(b)))),
  js("split_part", [text, text, int4], text, (a, b, n) => splitPart(a ?? null, b ?? null, n ?? null)),
  js(
    "overlay",
    [text, text, int4, int4],
    text,
    (a, b, from, count) => {
      const all = characters(a);
      const start = Number(from) - 1;
      if (start < 0) fail("22011", "negative substring length not allowed");
      const length = count === undefined ? characters(b).length : Number(count);
      return all.slice(0, start).join("") + String(b) + all.slice(start + length).join("");
    },
    { optional: 1 },
  ),
  js("ascii", [text], int4, (a) => String(a).codePointAt(0) ?? 0),
  js("chr", [int4], text, (a) =>
    Number(a) === 0
      ? fail("54000", "null character not permitted")
      : Number(a) < 0 || Number(a) > 0x10ffff
        ? fail("54000", "requested character too large for encoding: " + String(a))
        : String.fromCodePoint(Number(a)),
  ),
  js("to_hex", [int4], text, (a) => (Number(a) >>> 0).toString(16)),
  js("to_hex", [int8], text, (a) => BigInt.asUintN(64, BigInt(a as bigint)).toString(16), { big: true }),
  js("md5", [text], text, (a) => hash("md5")(a ?? null).toString("hex")),
  js("md5", [bytea], text, (a) => hash("md5")(a ?? null).toString("hex")),
  ...["sha224", "sha256", "sha384", "sha512"].map((name) => js(name, [bytea], bytea, (a) => hash(name)(a ?? null))),
  js("encode", [bytea, text], text, (a, format) => encode(a as Buffer, String(format).toLowerCase())),
  js("decode", [text, text], bytea, (a, format) => decode(String(a), String(format).toLowerCase())),
  js("convert_to", [text, OID.name], bytea, (a) => Buffer.from(String(a), "utf8")),
  js("convert_from", [bytea, OID.name], text, (a) => (a as Buffer).toString("utf8")),
  js("quote_ident", [text], text, (a) => quoteIdent(String(a))),
  js("quote_literal", [text], text, (a) => quoteLiteral(String(a))),
  js("quote_nullable", [text], text, (a) => (a === null ? "NULL" : quoteLiteral(String(a))), { strict: false }),
  variadic(
    "concat",
    [any],
    text,
    (types, ...values) => values.map((value, at) => shown(typesOf(types)[at] ?? text, value) ?? "").join(""),
    { typed: true, volatility: "stable" },
  ),
  variadic(
    "concat_ws",
    [text, any],
    text,
    (types, separator, ...values) => {
      if (separator === null) return null;
      return values
        .map((value, at) => shown(typesOf(types)[at + 1] ?? text, value))
        .filter((value) => value !== null)
        .join(String(separator));
    },
    { typed: true, volatility: "stable" },
  ),
  variadic(
    "format",
    [text, any],
    text,
    (types, pattern, ...values) => {
      if (pattern === null) return null;
      return formatText(
        String(pattern),
        values.map((value, at) => shown(typesOf(types)[at + 1] ?? text, value)),
      );
    },
    { typed: true, volatility: "stable", optional: 1 },
  ),
  js("like", [text, text], bool, (a, b) => truth(likePattern(String(b), false).test(String(a)))),
  js("like_escape", [text, text], text, (a, b) => withEscape(String(a), String(b))),
  js("similar_to_escape", [text, text], text, (a, b) => similarPattern(String(a), b === undefined ? "\\" : String(b)), {
    optional: 1,
  }),
  js(
    "regexp_replace",
    [text, text, text, text],
    text,
    (a, pattern, change, flags) =>
      regexpReplace(String(a), String(pattern), String(change), flags === undefined ? "" : String(flags)),
    { optional: 1 },
  ),
  js(
    "regexp_match",
    [text, text, text],
    texts,
    (a, pattern, flags) => {
      const match = regularExpression(String(pattern), flags === undefined ? "" : String(flags)).exec(String(a));
      return match === null ? null : groupsOf(match);
    },
    { optional: 1 },
  ),
  js(
    "regexp_like",
    [text, text, text],
    bool,
    (a, pattern, flags) => truth(regularExpression(String(pattern), flags === undefined ? "" : String(flags)).test(String(a))),
    { optional: 1 },
  ),
  {
    name: "regexp_matches",
    args: [text, text, text],
    optional: 1,
    returns: texts,
    volatility: "immutable",
    kind: "table",
    *rows([a, pattern, flags]) {
      const options = flags === undefined || flags === null ? "" : String(flags);
      const expression = regularExpression(String(pattern), options.replace("g", ""));
      const search = new RegExp(expression.source, `${expression.flags}g`);
      for (let match = search.exec(String(a)); match !== null; match = search.exec(String(a))) {
        yield [groupsOf(match)];
        if (match[0] === "") search.lastIndex++;
        if (!options.includes("g")) return;
      }
    },
  },
  js(
    "regexp_split_to_array",
    [text, text, text],
    texts,
    (a, pattern, flags) => packArray(textType, splitBy(String(a), String(pattern), flags)),
    { optional: 1 },
  ),
  {
    name: "regexp_split_to_table",
    args: [text, text, text],
    optional: 1,
    returns: text,
    volatility: "immutable",
    kind: "table",
    *rows([a, pattern, flags]) {
      for (const part of splitBy(String(a), String(pattern), flags)) yield [part];
    },
  },
  {
    name: "string_to_table",
    args: [text, text, text],
    optional: 1,
    returns: text,
    volatility: "immutable",
    strict: false,
    kind: "table",
    *rows([a, separator, nulls]) {
      if (a === null || a === undefined || a === "") return;
      const parts = separator === null ? [...String(a)] : separator === "" ? [String(a)] : String(a).split(String(separator));
      for (const part of parts) yield [nulls !== undefined && nulls !== null && part === nulls ? null : part];
    },
  },
];

function splitBy(value: string, pattern: string, flags: Raw | undefined): string[] {
  const expression = regularExpression(pattern, flags === undefined || flags === null ? "" : String(flags));
  const search = new RegExp(expression.source, `${expression.flags}g`);
  const parts: string[] = [];
  let from = 0;
  for (let match = search.exec(value); match !== null; match = search.exec(value)) {
    if (match[0] === "") {
      search.lastIndex++;
      // An empty match right after the last one, or at either end, parts nothing.
      if (match.index === from || match.index >= value.length) continue;
    }
    parts.push(value.slice(from, match.index));
    from = match.index + match[0].length;
  }
  parts.push(value.slice(from));
  return parts;
}
