// Parameters of a request as the SQL room takes them: PostgreSQL's text form. They are read from the body's text, so that a
// number arrives with every digit it was written with.
import { ChronError } from "../../../base/errors.ts";
import { arrayElements, parseObject } from "../../../base/json.ts";
import type { Limits } from "../../../base/limits.ts";
import type { SqlText } from "../../../sql/contract.ts";
import { findType, OID } from "../../../sql/types/index.ts";
import type { NumberedStatement, Template } from "./placeholders.ts";

export interface Parameters {
  /** JSON texts, by place or by name. */
  readonly values: ReadonlyMap<number | string, string>;
  readonly named: boolean;
}

const NONE: Parameters = { values: new Map(), named: false };

/** Reads the member `params`: absent, null, an array or an object. Throws INVALID_ARGUMENT, LIMIT_EXCEEDED. */
export function readParameters(json: string | undefined, limits: Limits): Parameters {
  if (json === undefined || json === "null") return NONE;
  const named = json.startsWith("{");
  if (!named && !json.startsWith("[")) {
    throw new ChronError("INVALID_ARGUMENT", '"params" must be an array (for $1 and ?) or an object (for :name).');
  }
  const values = new Map<number | string, string>();
  if (named) {
    const object = parseObject(json, limits.jsonDepth);
    for (const { key, start, end } of object.members) values.set(key, object.text.slice(start, end));
  } else {
    arrayElements(json, limits.jsonDepth).forEach((value, at) => {
      values.set(at, value);
    });
  }
  if (values.size > limits.restSqlParameters) {
    throw new ChronError(
      "LIMIT_EXCEEDED",
      `The statement has ${values.size} parameters; at most ${limits.restSqlParameters} are taken (limit restSqlParameters).`,
      { limit: "restSqlParameters" },
    );
  }
  return { values, named };
}

/** Throws INVALID_ARGUMENT unless every placeholder has its value and every value its placeholder. */
export function checkParameters(template: Template, { values, named }: Parameters): void {
  const { style, placeholders } = template;
  if (style !== null && values.size > 0 && (style === ":name") !== named) {
    throw new ChronError(
      "INVALID_ARGUMENT",
      named
        ? `The statement has placeholders of the kind ${style}, whose "params" is an array; the request has an object.`
        : 'The statement has placeholders of the kind :name, whose "params" is an object; the request has an array.',
    );
  }
  const used = new Set(placeholders.map(({ slot }) => slot));
  for (const slot of used) {
    if (values.has(slot)) continue;
    throw new ChronError(
      "INVALID_ARGUMENT",
      `There is no value for the placeholder ${slotName(slot)}; "params" has ${values.size} ${values.size === 1 ? "value" : "values"}.`,
      { sqlstate: "08P01" },
    );
  }
  for (const slot of values.keys()) {
    if (used.has(slot)) continue;
    throw new ChronError("INVALID_ARGUMENT", `"params" has a value for ${slotName(slot)}, which the statement does not use.`, {
      sqlstate: "08P01",
    });
  }
}

function slotName(slot: number | string): string {
  return typeof slot === "number" ? `number ${slot + 1}` : `:${slot}`;
}

/** The values of one statement's `$1`, `$2` …, for the types it was found to want. */
export function valuesOf(statement: NumberedStatement, { values }: Parameters, types: readonly number[]): SqlText[] {
  return statement.slots.map((slot, at) => sqlText(values.get(slot) ?? "null", types[at] ?? OID.text));
}

/** A JSON value as PostgreSQL's text form of a value of that type. */
export function sqlText(json: string, typeOid: number): SqlText {
  if (json === "null") return null;
  if (typeOid === OID.json || typeOid === OID.jsonb) return json;
  if (json.startsWith('"')) return JSON.parse(json) as string;
  const element = findType(typeOid)?.elementOid ?? 0;
  if (json.startsWith("[") && element !== 0) return arrayText(json, element);
  // Numbers as they were written; true and false; objects, and arrays where no array is wanted, as their JSON.
  return json;
}

/** `[1,[2]]` as `{1,{2}}`. */
function arrayText(json: string, element: number): string {
  const texts = arrayElements(json).map((value) => {
    if (value === "null") return "NULL";
    if (value.startsWith("[") && element !== OID.json && element !== OID.jsonb) return arrayText(value, element);
    return `"${(sqlText(value, element) ?? "").replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${texts.join(",")}}`;
}
