// Operators on json and jsonb. `->` and `->>` with a constant key could run natively, but SQLite's answer differs where the
// value is missing, null or not what was expected, so they run on the tree.
import type { SqlFunction } from "../functions/define.ts";
import { matchPath, queryPath } from "../functions/jsons/path.ts";
import { containsJson, deletePath, elementAt, hasKey, joinJson, memberOf, pathOf, textOfJson } from "../functions/jsons/tree.ts";
import { unpackArray } from "../types/array.ts";
import { OID, typeByOid } from "../types/index.ts";
import { readPath } from "../types/json-path.ts";
import { type Json, printCompact, printJsonb, readJson } from "../types/json-tree.ts";
import { computed } from "./define.ts";

const { json, jsonb, text, int4 } = OID;
const print = (type: number, value: Json | undefined): string | null =>
  value === undefined ? null : type === jsonb ? printJsonb(value) : printCompact(value);
const tree = (raw: unknown): Json => readJson(String(raw));
const path = (raw: unknown): string[] => unpackArray(typeByOid(text), String(raw)).map(String);
const isTrue = (value: boolean): number => (value ? 1 : 0);

export const jsonOperators: readonly SqlFunction[] = [
  ...[json, jsonb].flatMap((type) => [
    computed("->", [type, text], type, (a, b) => print(type, memberOf(tree(a), String(b)))),
    computed("->", [type, int4], type, (a, b) => print(type, elementAt(tree(a), Number(b)))),
    computed("->>", [type, text], text, (a, b) => textOfJson(memberOf(tree(a), String(b)), type === jsonb)),
    computed("->>", [type, int4], text, (a, b) => textOfJson(elementAt(tree(a), Number(b)), type === jsonb)),
    computed("#>", [type, OID.textArray], type, (a, b) => print(type, pathOf(tree(a), path(b)))),
    computed("#>>", [type, OID.textArray], text, (a, b) => textOfJson(pathOf(tree(a), path(b)), type === jsonb)),
  ]),
  computed("@>", [jsonb, jsonb], OID.bool, (a, b) => isTrue(containsJson(tree(a), tree(b), true))),
  computed("<@", [jsonb, jsonb], OID.bool, (a, b) => isTrue(containsJson(tree(b), tree(a), true))),
  computed("?", [jsonb, text], OID.bool, (a, b) => isTrue(hasKey(tree(a), String(b)))),
  computed("?|", [jsonb, OID.textArray], OID.bool, (a, b) => isTrue(path(b).some((key) => hasKey(tree(a), key)))),
  computed("?&", [jsonb, OID.textArray], OID.bool, (a, b) => isTrue(path(b).every((key) => hasKey(tree(a), key)))),
  computed("||", [jsonb, jsonb], jsonb, (a, b) => printJsonb(joinJson(tree(a), tree(b)))),
  computed("@?", [jsonb, OID.jsonpath], OID.bool, (a, b) => {
    const items = queryPath(tree(a), readPath(String(b)), null, true);
    return items === null ? null : isTrue(items.length > 0);
  }),
  computed("@@", [jsonb, OID.jsonpath], OID.bool, (a, b) => {
    const truth = matchPath(tree(a), readPath(String(b)), null, true);
    return truth === null ? null : isTrue(truth);
  }),
  computed("-", [jsonb, text], jsonb, (a, b) => printJsonb(deletePath(tree(a), [String(b)], true))),
  computed("-", [jsonb, int4], jsonb, (a, b) => printJsonb(deletePath(tree(a), [String(b)], false))),
  computed("-", [jsonb, OID.textArray], jsonb, (a, b) =>
    printJsonb(path(b).reduce((value, key) => deletePath(value, [key], true), tree(a))),
  ),
  computed("#-", [jsonb, OID.textArray], jsonb, (a, b) => printJsonb(deletePath(tree(a), path(b), false))),
];
