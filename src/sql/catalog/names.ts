// Names of objects to OIDs and back: what casts to regclass, regtype and their kin, and to_regclass, go by.
import type { SessionFacts } from "../relations.ts";
import { showType, TYPES, typeByName } from "../types/index.ts";
import type { NameResolver } from "../types/names.ts";
import { RELATIONS } from "./define.ts";
import { objectsOf } from "./objects.ts";
import { SCHEMA_OIDS } from "./oids.ts";
import { PROCS } from "./procs.ts";
import { quoteIdentifier } from "./quote.ts";
import { rolesOf } from "./roles.ts";

/** `public."My table"` to its parts; null when it is no name. Bare parts are folded to lower case. */
export function nameParts(text: string): string[] | null {
  const parts: string[] = [];
  let rest = text.trim();
  for (;;) {
    const match = /^(?:"((?:[^"]|"")+)"|([^\s".()[\],]+))\s*(\.?)\s*/.exec(rest);
    if (match === null) return null;
    parts.push(match[1] === undefined ? (match[2] ?? "").toLowerCase() : match[1].replaceAll('""', '"'));
    rest = rest.slice(match[0].length);
    if (match[3] === "") return rest === "" ? parts : null;
  }
}

const SYSTEM_BY_NAME = new Map(RELATIONS.map((relation) => [`${relation.schema}.${relation.name}`, relation.oid]));
const SYSTEM_BY_OID = new Map(RELATIONS.map((relation) => [relation.oid, relation]));
const TYPE_BY_DISPLAY = new Map(TYPES.map((type) => [type.display, type.oid]));
const TYPE_SPELLINGS: Readonly<Record<string, string>> = {
  int: "int4",
  decimal: "numeric",
  float: "float8",
  timestamp: "timestamp",
  time: "time",
  "character varying": "varchar",
  char: "bpchar",
};
const PROC_BY_OID = new Map(PROCS.map((proc) => [proc.oid, proc.name]));
const PROC_BY_NAME = new Map(PROCS.map((proc) => [proc.name, proc.oid]));
const SCHEMA_BY_OID = new Map<number, string>(Object.entries(SCHEMA_OIDS).map(([name, oid]) => [oid, name]));

function relationOid(facts: SessionFacts, text: string): number | null {
  const parts = nameParts(text);
  if (parts === null || parts.length > 2) return null;
  const [name = "", schema] = parts.toReversed();
  if (schema === undefined || schema === "public") {
    const objects = objectsOf(facts.catalog);
    const table = objects.tableByName.get(name);
    if (table !== undefined) return table.oid;
    for (const { index } of objects.indexByOid.values()) if (index.name === name) return index.oid;
    if (schema === "public") return null;
  }
  return SYSTEM_BY_NAME.get(`${schema ?? "pg_catalog"}.${name}`) ?? null;
}

function relationName(facts: SessionFacts, oid: number): string | null {
  const objects = objectsOf(facts.catalog);
  const name = objects.tableByOid.get(oid)?.name ?? objects.indexByOid.get(oid)?.index.name;
  if (name !== undefined) return quoteIdentifier(name);
  const system = SYSTEM_BY_OID.get(oid);
  if (system === undefined) return null;
  return system.schema === "pg_catalog" ? quoteIdentifier(system.name) : `${system.schema}.${quoteIdentifier(system.name)}`;
}

function typeOid(text: string): number | null {
  const plain = text.trim().replace(/^pg_catalog\s*\.\s*/i, "");
  const array = plain.endsWith("[]");
  const spelled = (array ? plain.slice(0, -2) : plain)
    .replace(/\(.*\)/, "")
    .replace(/\s+/g, " ")
    .trim();
  const bare = /^".*"$/.test(spelled) ? spelled : spelled.toLowerCase();
  const oid =
    typeByName(TYPE_SPELLINGS[bare] ?? "")?.oid ?? TYPE_BY_DISPLAY.get(bare) ?? typeByName(bare.replaceAll('"', ""))?.oid ?? null;
  if (oid === null || !array) return oid;
  return TYPES.find((type) => type.oid === oid)?.arrayOid || null;
}

export function nameResolver(facts: SessionFacts): NameResolver {
  return {
    toOid(kind, text) {
      switch (kind) {
        case "regclass":
          return relationOid(facts, text);
        case "regtype":
          return typeOid(text);
        case "regproc":
        case "regprocedure":
          return PROC_BY_NAME.get(nameParts(text.replace(/\(.*\)\s*$/, ""))?.at(-1) ?? "") ?? null;
        case "regnamespace": {
          const name = nameParts(text)?.at(-1) ?? "";
          return Object.entries(SCHEMA_OIDS).find(([schema]) => schema === name)?.[1] ?? null;
        }
        case "regrole":
          return rolesOf(facts).find((role) => role.name === nameParts(text)?.at(-1))?.oid ?? null;
        default:
          return null;
      }
    },
    toName(kind, oid) {
      switch (kind) {
        case "regclass":
          return relationName(facts, oid);
        case "regtype":
          return TYPES.some((type) => type.oid === oid) ? showType(oid) : null;
        case "regproc":
        case "regprocedure":
          return PROC_BY_OID.get(oid) ?? null;
        case "regnamespace":
          return SCHEMA_BY_OID.get(oid) ?? null;
        case "regrole":
          return rolesOf(facts).find((role) => role.oid === oid)?.name ?? null;
        default:
          return null;
      }
    },
  };
}
