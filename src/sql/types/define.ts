// Defaults shared by the types' own files.
import { fail } from "../errors.ts";
import type { SqlType } from "./type.ts";

type Needed = Pick<SqlType, "oid" | "arrayOid" | "name" | "length" | "category" | "storage" | "input" | "output">;

const textBytes = {
  decode: (bytes: Buffer): string => bytes.toString("utf8"),
  encode: (text: string): Buffer => Buffer.from(text, "utf8"),
};

/** A type whose document form is a JSON string of its internal text, unless said otherwise. */
export function defineType(type: Needed & Partial<SqlType>): SqlType {
  const whole: SqlType = {
    elementOid: 0,
    display: type.name,
    preferred: false,
    key: null,
    comparable: true,
    modify: null,
    showModifier: null,
    readModifier: null,
    ...textBytes,
    member: (body, path) => `${body} ->> ${path}`,
    toJson: (raw) => JSON.stringify(String(raw)),
    fromJson: (json, style) => whole.input(scalarText(json, type.display ?? type.name), -1, style),
    ...type,
  };
  return whole;
}

/** The text of a JSON scalar as a client would have written it in SQL. */
export function scalarText(json: string, type: string): string {
  const first = json.charCodeAt(0);
  if (first === 34) return JSON.parse(json) as string;
  if (first === 123 || first === 91) fail("22P02", `invalid input syntax for type ${type}: "${json}"`);
  return json;
}

export function badInput(type: string, text: string): never {
  return fail("22P02", `invalid input syntax for type ${type}: "${text}"`);
}

export function wrongLength(type: string): never {
  return fail("22P03", `incorrect binary data format for type ${type}`);
}
