// || on text, LIKE, regular expressions.

import { outputText } from "../casts.ts";
import type { SqlFunction } from "../functions/define.ts";
import { likePattern } from "../functions/texts/like.ts";
import { regularExpression } from "../functions/texts/regex.ts";
import { OID, typeByOid } from "../types/index.ts";
import { computed, printed } from "./define.ts";

const isTrue = (value: boolean): number => (value ? 1 : 0);
const strings = [OID.text, OID.text];

/** The text of any value, as || joins it. */
export function joined(typeOid: number, sql: string): string {
  return typeOid === OID.bool ? `CASE ${sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END` : outputText(typeByOid(typeOid), sql);
}

const OTHERS = [
  OID.bool,
  OID.int2,
  OID.int4,
  OID.int8,
  OID.oid,
  OID.float4,
  OID.float8,
  OID.numeric,
  OID.date,
  OID.time,
  OID.timestamp,
  OID.timestamptz,
  OID.interval,
  OID.uuid,
  OID.json,
  OID.char,
  OID.name,
  OID.regclass,
  OID.regtype,
];

export const textOperators: readonly SqlFunction[] = [
  printed("||", strings, OID.text, ([a = "", b = ""]) => `(${a} || ${b})`),
  ...OTHERS.flatMap((type) => [
    printed("||", [type, OID.text], OID.text, ([a = "", b = ""]) => `(${joined(type, a)} || ${b})`),
    printed("||", [OID.text, type], OID.text, ([a = "", b = ""]) => `(${a} || ${joined(type, b)})`),
  ]),
  computed("||", [OID.bytea, OID.bytea], OID.bytea, (a, b) => Buffer.concat([a as Buffer, b as Buffer])),
  computed("~~", strings, OID.bool, (a, b) => isTrue(likePattern(String(b), false).test(String(a)))),
  computed("!~~", strings, OID.bool, (a, b) => isTrue(!likePattern(String(b), false).test(String(a)))),
  computed("~~*", strings, OID.bool, (a, b) => isTrue(likePattern(String(b), true).test(String(a)))),
  computed("!~~*", strings, OID.bool, (a, b) => isTrue(!likePattern(String(b), true).test(String(a)))),
  computed("~", strings, OID.bool, (a, b) => isTrue(regularExpression(String(b), "").test(String(a)))),
  computed("!~", strings, OID.bool, (a, b) => isTrue(!regularExpression(String(b), "").test(String(a)))),
  computed("~*", strings, OID.bool, (a, b) => isTrue(regularExpression(String(b), "i").test(String(a)))),
  computed("!~*", strings, OID.bool, (a, b) => isTrue(!regularExpression(String(b), "i").test(String(a)))),
  computed("^@", strings, OID.bool, (a, b) => isTrue(String(a).startsWith(String(b)))),
];
