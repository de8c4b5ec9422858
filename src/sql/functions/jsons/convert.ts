// Any value as JSON, the way to_json makes it.
import { type Elements, unpackArray } from "../../types/array.ts";
import { OID, type Present, type Raw, typeByOid } from "../../types/index.ts";
import { isInfinite } from "../../types/moment.ts";
import type { Style } from "../../types/style.ts";
import type { RecordField } from "../../types/texts.ts";
import { style } from "../context.ts";

const NUMBERS: ReadonlySet<number> = new Set([OID.int2, OID.int4, OID.int8, OID.float4, OID.float8, OID.numeric]);

/** `canonical`: for jsonb, which keeps only JSON's own numbers and spaces. */
export function jsonOf(typeOid: number, raw: Raw): string {
  if (raw === null) return "null";
  if (typeOid === OID.bool) return raw ? "true" : "false";
  const type = typeByOid(typeOid === OID.unknown ? OID.text : typeOid);
  if (typeOid === OID.json) return String(raw);
  if (typeOid === OID.jsonb) return type.output(raw, style());
  if (NUMBERS.has(typeOid)) {
    const text = type.output(raw, style());
    return /^-?\d/.test(text) ? text : JSON.stringify(text);
  }
  if (typeOid === OID.record) return recordJson(String(raw));
  if (type.elementOid !== 0 && type.category === "A")
    return arrayJson(type.elementOid, unpackArray(typeByOid(type.elementOid), String(raw)));
  if (typeOid === OID.timestamp || typeOid === OID.timestamptz) return JSON.stringify(isoMoment(type.output(raw, isoDates())));
  if (typeOid === OID.date) return JSON.stringify(type.output(raw, isoDates()));
  return JSON.stringify(type.output(raw as Present, style()));
}

/** JSON has ISO dates whatever DateStyle says. */
const isoDates = (): Style => ({ ...style(), dateFormat: "ISO" });

/** `2020-01-01 00:00:00+00` to ISO's T and full offset. */
function isoMoment(text: string): string {
  if (isInfinite(text)) return text;
  return text.replace(" ", "T").replace(/([+-]\d\d)(?= BC$|$)/, "$1:00");
}

function arrayJson(element: number, items: Elements): string {
  return `[${items.map((item) => (Array.isArray(item) ? arrayJson(element, item as Elements) : jsonOf(element, item as Raw))).join(",")}]`;
}

export function recordJson(raw: string): string {
  return fieldsJson(JSON.parse(raw) as readonly RecordField[]);
}

function fieldsJson(fields: readonly RecordField[]): string {
  const members = fields.map(([name, type, field]) => {
    const json =
      field === null
        ? jsonOf(type, null)
        : typeof field !== "string"
          ? fieldsJson(field)
          : type === OID.record
            ? recordJson(field)
            : jsonOf(type, typeByOid(type).input(field, -1, style()));
    return `${JSON.stringify(name)}:${json}`;
  });
  return `{${members.join(",")}}`;
}
