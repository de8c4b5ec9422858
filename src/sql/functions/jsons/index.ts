// Functions on json and jsonb.
import { fail } from "../../errors.ts";
import { unpackArray } from "../../types/array.ts";
import { OID, type Raw, typeByOid } from "../../types/index.ts";
import { type Json, jsonbMembers, printCompact, printJsonb, quoteJson, readJson } from "../../types/json-tree.ts";
import type { CallTypes, SqlFunction } from "../define.ts";
import { any, anyelement, bool, int4, js, json, jsonb, text, texts, variadic } from "../short.ts";
import { jsonOf } from "./convert.ts";
import { pathFunctions } from "./paths.ts";
import { containsJson, deletePath, hasKey, joinJson, pathOf, setPath, textOfJson } from "./tree.ts";

const tree = (raw: Raw | undefined): Json => readJson(String(raw));
const typesOf = (raw: Raw | undefined): readonly number[] => (JSON.parse(String(raw)) as CallTypes).args;
const asJsonb = (value: string): string => printJsonb(readJson(value));
const path = (raw: Raw | undefined): string[] => unpackArray(typeByOid(OID.text), String(raw)).map(String);

const KINDS = { null: "null", boolean: "boolean", number: "number", string: "string", array: "array", object: "object" } as const;

function members(value: Json, what: string): [string, Json][] {
  if (value.kind !== "object") return fail("22023", `cannot call ${what} on ${value.kind === "array" ? "an array" : "a scalar"}`);
  return [...value.members] as [string, Json][];
}

function items(value: Json, what: string): readonly Json[] {
  if (value.kind !== "array")
    return fail("22023", `cannot call ${what} on ${value.kind === "object" ? "an object" : "a scalar"}`);
  return value.items;
}

function arrayLength(value: Json): number {
  if (value.kind === "array") return value.items.length;
  return fail("22023", `cannot get array length of a ${value.kind === "object" ? "non-array" : "scalar"}`);
}

function stripNulls(value: Json): Json {
  if (value.kind === "object") {
    return {
      kind: "object",
      members: value.members.flatMap(([key, member]): [string, Json][] =>
        member.kind === "null" ? [] : [[key, stripNulls(member)]],
      ),
    };
  }
  return value.kind === "array" ? { kind: "array", items: value.items.map(stripNulls) } : value;
}

function pretty(value: Json, indent: string): string {
  const inner = `${indent}    `;
  if (value.kind === "object") {
    if (value.members.length === 0) return "{\n" + indent + "}";
    return `{\n${jsonbMembers(value.members)
      .map(([key, member]) => `${inner}${quoteJson(key)}: ${pretty(member, inner)}`)
      .join(",\n")}\n${indent}}`;
  }
  if (value.kind === "array") {
    if (value.items.length === 0) return "[\n" + indent + "]";
    return `[\n${value.items.map((item) => inner + pretty(item, inner)).join(",\n")}\n${indent}]`;
  }
  return printJsonb(value);
}

/** Names and values of json_build_object, taken in turn. */
function buildObject(types: readonly number[], values: readonly Raw[]): string {
  if (values.length % 2 !== 0) {
    fail("22023", "argument list must have even number of elements", {
      hint: "The arguments of json_build_object() must consist of alternating keys and values.",
    });
  }
  const parts: string[] = [];
  for (let at = 0; at < values.length; at += 2) {
    const key = values[at] ?? null;
    if (key === null) fail("22004", `argument ${at + 1} cannot be null`, { hint: "Object keys should be text." });
    const name = jsonOf(types[at] ?? text, key);
    parts.push(`${name.startsWith('"') ? name : quoteJson(name)} : ${jsonOf(types[at + 1] ?? text, values[at + 1] ?? null)}`);
  }
  return `{${parts.join(", ")}}`;
}

type Nullable = string | null;
const textItems = (raw: Raw | undefined): (Nullable | Nullable[])[] =>
  unpackArray(typeByOid(OID.text), String(raw)) as (Nullable | Nullable[])[];

/** Keys and values in turn, or in pairs. */
function pairsOf(raw: Raw | undefined): [Nullable, Nullable][] {
  const list = textItems(raw);
  if (list.some((item) => Array.isArray(item) && item.some((one) => Array.isArray(one)))) {
    return fail("2202E", "wrong number of array subscripts");
  }
  if (list.some((item) => Array.isArray(item))) {
    return list.map((item): [Nullable, Nullable] => {
      if (!Array.isArray(item) || item.length !== 2) return fail("2202E", "array must have two columns");
      return [item[0] ?? null, item[1] ?? null];
    });
  }
  if (list.length % 2 !== 0) fail("2202E", "array must have even number of elements");
  const flat = list as Nullable[];
  return flat.flatMap((item, at): [Nullable, Nullable][] => (at % 2 === 0 ? [[item, flat[at + 1] ?? null]] : []));
}

function zipped(keys: Raw | undefined, values: Raw | undefined): [Nullable, Nullable][] {
  const [left, right] = [textItems(keys), textItems(values)];
  if (left.some((item) => Array.isArray(item)) || right.some((item) => Array.isArray(item))) {
    return fail("2202E", "wrong number of array subscripts");
  }
  if (left.length !== right.length) fail("2202E", "mismatched array dimensions");
  return left.map((key, at) => [key as Nullable, (right[at] ?? null) as Nullable]);
}

function objectOf(pairs: readonly [Nullable, Nullable][], type: number): string {
  const parts = pairs.map(([key, value]) => {
    if (key === null) return fail("22004", "null value not allowed for object key");
    return `${quoteJson(key)} : ${value === null ? "null" : quoteJson(value)}`;
  });
  const whole = `{${parts.join(", ")}}`;
  return type === jsonb ? asJsonb(whole) : whole;
}

/** jsonb_set where a null change is not simply null. */
function setLax(
  value: Raw | undefined,
  at: Raw | undefined,
  change: Raw | undefined,
  create: Raw | undefined,
  how: Raw | undefined,
): Raw {
  if (value === null || value === undefined || at === null || create === null) return null;
  const make = create === undefined || Boolean(create);
  if (change !== null) return printJsonb(setPath(tree(value), path(at), tree(change), make, "no"));
  switch (how === undefined ? "use_json_null" : how) {
    case "use_json_null":
      return printJsonb(setPath(tree(value), path(at), { kind: "null" }, make, "no"));
    case "delete_key":
      return printJsonb(deletePath(tree(value), path(at), false));
    case "return_target":
      return printJsonb(tree(value));
    case "raise_exception":
      return fail("22004", "JSON value must not be null", {
        detail: 'Exception was raised because null_value_treatment is "raise_exception".',
        hint: "To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.",
      });
    default:
      return fail("22023", 'null_value_treatment must be "delete_key", "return_target", "use_json_null", or "raise_exception"');
  }
}

const stable = { volatility: "stable" } as const;
const typed = { typed: true, volatility: "stable" } as const;
const printOf = (type: number, value: Json): string => (type === jsonb ? printJsonb(value) : printCompact(value));

function both(make: (type: number, prefix: "json" | "jsonb") => SqlFunction[]): SqlFunction[] {
  return [...make(json, "json"), ...make(jsonb, "jsonb")];
}

export const jsonFunctions: readonly SqlFunction[] = [
  ...pathFunctions,
  js("to_json", [anyelement], json, (types, value) => jsonOf(typesOf(types)[0] ?? text, value ?? null), typed),
  js("to_jsonb", [anyelement], jsonb, (types, value) => asJsonb(jsonOf(typesOf(types)[0] ?? text, value ?? null)), typed),
  js("row_to_json", [OID.record, bool], json, (value) => jsonOf(OID.record, value ?? null), { ...stable, optional: 1 }),
  js("array_to_json", [OID.anyarray, bool], json, (types, value) => jsonOf(typesOf(types)[0] ?? text, value ?? null), {
    ...typed,
    optional: 1,
  }),
  ...both((type, prefix) => {
    const out = (value: string): string => (type === jsonb ? asJsonb(value) : value);
    return [
      variadic(`${prefix}_build_object`, [any], type, (types, ...values) => out(buildObject(typesOf(types), values)), {
        ...typed,
        optional: 1,
      }),
      variadic(
        `${prefix}_build_array`,
        [any],
        type,
        (types, ...values) => out(`[${values.map((value, at) => jsonOf(typesOf(types)[at] ?? text, value)).join(", ")}]`),
        { ...typed, optional: 1 },
      ),
      js(`${prefix}_typeof`, [type], text, (value) => KINDS[tree(value).kind]),
      js(`${prefix}_array_length`, [type], int4, (value) => arrayLength(tree(value))),
      js(`${prefix}_strip_nulls`, [type], type, (value) => printOf(type, stripNulls(tree(value)))),
      variadic(`${prefix}_extract_path`, [type, text], type, (value, ...steps) => {
        if (value === null || steps.some((step) => step === null)) return null;
        const found = pathOf(tree(value), steps.map(String));
        return found === undefined ? null : printOf(type, found);
      }),
      variadic(`${prefix}_extract_path_text`, [type, text], text, (value, ...steps) =>
        value === null || steps.some((step) => step === null)
          ? null
          : textOfJson(pathOf(tree(value), steps.map(String)), type === jsonb),
      ),
      {
        name: `${prefix}_array_elements`,
        args: [type],
        returns: type,
        volatility: "immutable",
        kind: "table",
        columns: [{ name: "value", typeOid: type }],
        *rows([value]) {
          for (const item of items(tree(value), `${prefix}_array_elements`)) yield [printOf(type, item)];
        },
      },
      {
        name: `${prefix}_array_elements_text`,
        args: [type],
        returns: text,
        volatility: "immutable",
        kind: "table",
        columns: [{ name: "value", typeOid: text }],
        *rows([value]) {
          for (const item of items(tree(value), `${prefix}_array_elements_text`)) yield [textOfJson(item, type === jsonb)];
        },
      },
      {
        name: `${prefix}_object_keys`,
        args: [type],
        returns: text,
        volatility: "immutable",
        kind: "table",
        *rows([value]) {
          const list = members(tree(value), `${prefix}_object_keys`);
          for (const [key] of type === jsonb ? jsonbMembers(list) : list) yield [key];
        },
      },
      {
        name: `${prefix}_each`,
        args: [type],
        returns: OID.record,
        volatility: "immutable",
        kind: "table",
        columns: [
          { name: "key", typeOid: text },
          { name: "value", typeOid: type },
        ],
        *rows([value]) {
          const list = members(tree(value), `${prefix}_each`);
          for (const [key, member] of type === jsonb ? jsonbMembers(list) : list) yield [key, printOf(type, member)];
        },
      },
      {
        name: `${prefix}_each_text`,
        args: [type],
        returns: OID.record,
        volatility: "immutable",
        kind: "table",
        columns: [
          { name: "key", typeOid: text },
          { name: "value", typeOid: text },
        ],
        *rows([value]) {
          const list = members(tree(value), `${prefix}_each_text`);
          for (const [key, member] of type === jsonb ? jsonbMembers(list) : list) yield [key, textOfJson(member, type === jsonb)];
        },
      },
    ] satisfies SqlFunction[];
  }),
  js("jsonb_pretty", [jsonb], text, (value) => pretty(tree(value), "")),
  js(
    "jsonb_set",
    [jsonb, texts, jsonb, bool],
    jsonb,
    (value, at, change, create) =>
      printJsonb(setPath(tree(value), path(at), tree(change), create === undefined || Boolean(create), "no")),
    { optional: 1 },
  ),
  js(
    "jsonb_insert",
    [jsonb, texts, jsonb, bool],
    jsonb,
    (value, at, change, after) => printJsonb(setPath(tree(value), path(at), tree(change), true, after ? "after" : "before")),
    { optional: 1 },
  ),
  js("jsonb_contains", [jsonb, jsonb], bool, (a, b) => (containsJson(tree(a), tree(b), true) ? 1 : 0)),
  js("jsonb_contained", [jsonb, jsonb], bool, (a, b) => (containsJson(tree(b), tree(a), true) ? 1 : 0)),
  js("jsonb_exists", [jsonb, text], bool, (a, b) => (hasKey(tree(a), String(b)) ? 1 : 0)),
  js("jsonb_exists_any", [jsonb, texts], bool, (a, b) => (path(b).some((key) => hasKey(tree(a), key)) ? 1 : 0)),
  js("jsonb_exists_all", [jsonb, texts], bool, (a, b) => (path(b).every((key) => hasKey(tree(a), key)) ? 1 : 0)),
  js("jsonb_delete", [jsonb, text], jsonb, (a, b) => printJsonb(deletePath(tree(a), [String(b)], true))),
  js("jsonb_delete", [jsonb, int4], jsonb, (a, b) => printJsonb(deletePath(tree(a), [String(b)], false))),
  js("jsonb_delete_path", [jsonb, texts], jsonb, (a, b) => printJsonb(deletePath(tree(a), path(b), false))),
  js("jsonb_concat", [jsonb, jsonb], jsonb, (a, b) => printJsonb(joinJson(tree(a), tree(b)))),
  ...both((type, prefix) => [
    js(`${prefix}_object`, [texts], type, (given) => objectOf(pairsOf(given), type)),
    js(`${prefix}_object`, [texts, texts], type, (keys, values) => objectOf(zipped(keys, values), type)),
  ]),
  js(
    "jsonb_set_lax",
    [jsonb, texts, jsonb, bool, text],
    jsonb,
    (value, at, change, create, treatment) => setLax(value, at, change, create, treatment),
    { optional: 2, strict: false },
  ),
];
