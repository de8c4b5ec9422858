// A written type to its OID and modifier.
import type { Node, TypeName } from "libpg-query";
import { fail, unsupported } from "../errors.ts";
import { findType, type SqlType, typeByName } from "../types/index.ts";

export interface NamedType {
  readonly type: SqlType;
  readonly typmod: number;
}

/** The text of a String node. */
export function textOf(node: Node | undefined): string {
  return node !== undefined && "String" in node ? (node.String.sval ?? "") : "";
}

function modifierOf(node: Node): number {
  if ("A_Const" in node && node.A_Const.ival !== undefined) return node.A_Const.ival.ival ?? 0;
  return fail("42601", "type modifiers must be simple constants or identifiers");
}

export function resolveTypeName(name: TypeName): NamedType {
  const at = name.location ?? 0;
  if (name.setof) unsupported("SETOF", at);
  if (name.pct_type) unsupported("%TYPE", at);
  const parts = (name.names ?? []).map(textOf);
  const word = parts.at(-1) ?? "";
  const schema = parts.length > 1 ? parts.at(-2) : undefined;
  const known = schema === undefined || schema === "pg_catalog" || schema === "public" ? typeByName(word) : undefined;
  if (known === undefined || (known.category === "P" && word !== "record")) {
    return fail("42704", `type "${parts.join(".")}" does not exist`, { at });
  }
  let typmod = -1;
  const modifiers = name.typmods ?? [];
  if (modifiers.length > 0) {
    if (known.readModifier === null) fail("42601", `type modifier is not allowed for type "${word}"`, { at });
    typmod = known.readModifier(modifiers.map(modifierOf));
  } else if (word === "bpchar" && schema === "pg_catalog" && name.typemod === undefined) typmod = 5;
  if ((name.arrayBounds ?? []).length === 0) return { type: known, typmod };
  const array = findType(known.arrayOid);
  if (array === undefined) return fail("42704", `type "${word}[]" does not exist`, { at });
  return { type: array, typmod };
}
