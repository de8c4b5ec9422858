// format_type(oid, typmod): a type as SQL spells it.
import { findType, OID, showType } from "../../types/index.ts";
import { defineFunction } from "../define.ts";

export const formatType = defineFunction({
  name: "format_type",
  args: [OID.oid, OID.int4],
  returns: OID.text,
  volatility: "stable",
  strict: false,
  kind: "scalar",
  js: (type, typmod) => {
    if (type === null) return null;
    const oid = Number(type);
    if (oid === 0) return "-";
    return findType(oid) === undefined ? "???" : showType(oid, typmod === null ? -1 : Number(typmod));
  },
});
