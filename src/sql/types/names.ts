// regclass and its siblings: OIDs inside, names outside. Looking a name up needs the catalogue, so the session supplies it
// (`resolver` in execute/context.ts) and these types only know the numeric form.
import { fail } from "../errors.ts";
import { defineType } from "./define.ts";
import { oid as oidType } from "./integers.ts";
import { OID } from "./oids.ts";
import type { SqlType } from "./type.ts";

/** What turns names to OIDs and back; replaced for the time a statement runs. */
export interface NameResolver {
  /** The OID a name stands for; null = there is none. */
  toOid(kind: string, name: string): number | null;
  toName(kind: string, oid: number): string | null;
}

const NOBODY: NameResolver = { toOid: () => null, toName: () => null };
let resolver: NameResolver = NOBODY;

/** Sets the resolver, answering the one before. Statements run synchronously, so one at a time is enough. */
export function useNames(next: NameResolver | null): NameResolver {
  const before = resolver;
  resolver = next ?? NOBODY;
  return before;
}

const NOT_FOUND: Readonly<Record<string, { sqlstate: string; what: string }>> = {
  regclass: { sqlstate: "42P01", what: "relation" },
  regtype: { sqlstate: "42704", what: "type" },
  regproc: { sqlstate: "42883", what: "function" },
  regprocedure: { sqlstate: "42883", what: "function" },
  regoper: { sqlstate: "42883", what: "operator" },
  regoperator: { sqlstate: "42883", what: "operator" },
  regnamespace: { sqlstate: "3F000", what: "schema" },
  regrole: { sqlstate: "42704", what: "role" },
  regconfig: { sqlstate: "42704", what: "text search configuration" },
  regdictionary: { sqlstate: "42704", what: "text search dictionary" },
};

function nameType(oid: number, arrayOid: number, name: string): SqlType {
  return defineType({
    oid,
    arrayOid,
    name,
    length: 4,
    category: "N",
    storage: "integer",
    input: (text, typmod, style) => {
      if (/^\s*\d+\s*$/.test(text)) return oidType.input(text, typmod, style);
      if (text === "-") return 0;
      const found = resolver.toOid(name, text);
      if (found !== null) return found;
      const { sqlstate, what } = NOT_FOUND[name] ?? { sqlstate: "42704", what: name };
      return fail(sqlstate, `${what} "${text}" does not exist`);
    },
    output: (raw) => (Number(raw) === 0 ? "-" : (resolver.toName(name, Number(raw)) ?? String(raw))),
    decode: oidType.decode,
    encode: (text) => oidType.encode(/^\d+$/.test(text) ? text : String(resolver.toOid(name, text) ?? 0)),
    toJson: String,
  });
}

export const nameTypes: readonly SqlType[] = [
  nameType(OID.regproc, 1008, "regproc"),
  nameType(OID.regprocedure, 2207, "regprocedure"),
  nameType(OID.regoper, 2208, "regoper"),
  nameType(OID.regoperator, 2209, "regoperator"),
  nameType(OID.regclass, 2210, "regclass"),
  nameType(OID.regtype, 2211, "regtype"),
  nameType(OID.regconfig, 3735, "regconfig"),
  nameType(OID.regdictionary, 3770, "regdictionary"),
  nameType(OID.regnamespace, 4090, "regnamespace"),
  nameType(OID.regrole, 4097, "regrole"),
];
