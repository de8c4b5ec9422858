// Whether literals lifted out of a statement can be its parameters.
import type { Plan } from "../execute/contract.ts";
import { OID, typeByOid } from "../types/index.ts";
import { PLAIN_STYLE } from "../types/style.ts";

/** Whether values are of the types and lengths their surroundings ask for; where not, the error is that of the literal. */
export function fits(values: readonly string[], given: readonly number[], { parameterOids, modified = [] }: Plan): boolean {
  try {
    for (let at = 0; at < values.length; at++) {
      const type = parameterOids[at] ?? 0;
      if (given[at] === 0 && type !== OID.text && type !== OID.varchar) typeByOid(type).input(values[at] ?? "", -1, PLAIN_STYLE);
    }
    for (const { number, type: oid, typmod, explicit } of modified) {
      const type = typeByOid(oid);
      type.modify?.(type.input(values[number - 1] ?? "", -1, PLAIN_STYLE), typmod, explicit);
    }
    return true;
  } catch {
    return false;
  }
}
