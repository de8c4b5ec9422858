// format_type(oid, typmod): a type as SQL spells it.
import { findType, OID, showType } from "../../types/index.ts";
import { defineFunction } from "../define.ts";

const BPCHAR_ARRAY = findType(OID.bpchar)?.arrayOid ?? 0;

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
    // "character" without a length means character(1), so what has no modifier goes by its plain name.
    if (typmod !== null && Number(typmod) < 0 && oid === OID.bpchar) return "bpchar";
    if (typmod !== null && Number(typmod) < 0 && oid === BPCHAR_ARRAY) return "bpchar[]";
    return findType(oid) === undefined ? "???" : showType(oid, typmod === null ? -1 : Number(typmod));
  },
});
