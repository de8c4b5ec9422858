// The b-tree operator classes of the types this server knows.
import { OID } from "../types/index.ts";
import { OPCLASS_FACTS } from "./facts/opclasses.ts";
import { TYPES_BY_OID } from "./type-facts.ts";

export interface Opclass {
  readonly oid: number;
  readonly name: string;
  readonly family: number;
  readonly familyName: string;
  readonly type: number;
  readonly isDefault: boolean;
  readonly keyType: number;
}

export const OPCLASSES: readonly Opclass[] = OPCLASS_FACTS.trim()
  .split("\n")
  .map((line) => {
    const [oid, name = "", family, familyName = "", type, isDefault, keyType] = line.split(" ");
    return {
      oid: Number(oid),
      name,
      family: Number(family),
      familyName,
      type: Number(type),
      isDefault: isDefault === "t",
      keyType: Number(keyType),
    };
  })
  .filter((opclass) => TYPES_BY_OID.has(opclass.type));

const DEFAULTS = new Map(OPCLASSES.filter((opclass) => opclass.isDefault).map((opclass) => [opclass.type, opclass.oid]));

/** What an index on a column of the type uses; 0 when the type has none. varchar sorts as text. */
export function defaultOpclass(typeOid: number): number {
  return DEFAULTS.get(typeOid === OID.varchar ? OID.text : typeOid) ?? 0;
}
