import type { Value } from "../replies.ts";
import { err, OK, type Rows } from "./row.ts";

const history =
  (values: readonly Value[]) =>
  (reply: Value): boolean =>
    Array.isArray(reply) &&
    JSON.stringify(reply.map((item) => (Array.isArray(item) ? item[item.indexOf("value") + 1] : item))) ===
      JSON.stringify(values);

export const chrondb: Rows = {
  "chrondb.history": [
    ["SET user:1 a", OK],
    ["SET user:1 '{\"n\":1}'", OK],
    ["DEL user:1", 1],
    ["HSET user:1 f v", 1],
    ["CHRONDB.HISTORY user:1", history(['{"f":"v"}', null, '{"n":1}', "a"])],
    ["CHRONDB.HISTORY user:1 LIMIT 2", history(['{"f":"v"}', null])],
    ["CHRONDB.HISTORY user:1 LIMIT 0", err("LIMIT should be 1 or more")],
    ["CHRONDB.HISTORY user:1 FOO 1", err("syntax error")],
    ["CHRONDB.HISTORY none", []],
  ],
  "chrondb.getat": [
    ["SET a 1", OK],
    ["CHRONDB.GETAT a 1", null],
    ["CHRONDB.GETAT a 999999", (reply) => JSON.stringify(reply).includes("names no state")],
    ["MULTI", OK],
    ["CHRONDB.GETAT a 1", err("Command not allowed inside a transaction")],
  ],
  "chrondb.restore": [
    ["SET a 1", OK],
    ["CHRONDB.RESTORE a 1", (reply) => JSON.stringify(reply).includes("did not exist at 1")],
  ],
};
