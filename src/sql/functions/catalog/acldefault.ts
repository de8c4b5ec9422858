// acldefault(kind, owner): the rights an object has before any GRANT.
import { texts } from "../../catalog/arrays.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import { rolesOf } from "../../catalog/roles.ts";
import { fail } from "../../errors.ts";
import { OID, typeByName } from "../../types/index.ts";
import { facts } from "../context.ts";
import { defineFunction } from "../define.ts";

/** Rights of everybody and of the owner, by kind of object. */
const RIGHTS: Readonly<Record<string, readonly [everybody: string, owner: string]>> = {
  c: ["", ""],
  r: ["", "arwdDxt"],
  s: ["", "rwU"],
  d: ["Tc", "CTc"],
  f: ["X", "X"],
  l: ["U", "U"],
  L: ["", "rw"],
  n: ["", "UC"],
  p: ["", "sA"],
  t: ["", "C"],
  F: ["", "U"],
  S: ["", "U"],
  T: ["U", "U"],
};

export const acldefault = defineFunction({
  name: "acldefault",
  args: [OID.char, OID.oid],
  returns: typeByName("_aclitem")?.oid ?? OID.textArray,
  volatility: "immutable",
  kind: "scalar",
  catalog: true,
  js: (kind, owner) => {
    const [everybody, own] = RIGHTS[String(kind)] ?? fail("22023", `unrecognized object type abbreviation: ${kind}`);
    const role = rolesOf(facts()).find(({ oid }) => oid === Number(owner));
    const name = role === undefined ? String(owner) : quoteIdentifier(role.name);
    return texts([...(everybody === "" ? [] : [`=${everybody}/${name}`]), ...(own === "" ? [] : [`${name}=${own}/${name}`])]);
  },
});
