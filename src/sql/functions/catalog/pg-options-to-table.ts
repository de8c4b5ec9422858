// pg_options_to_table(options): `{name=value}` as rows.
import { OID } from "../../types/index.ts";
import { defineFunction } from "../define.ts";

export const pgOptionsToTable = defineFunction({
  name: "pg_options_to_table",
  args: [OID.textArray],
  returns: OID.record,
  volatility: "stable",
  kind: "table",
  columns: [
    { name: "option_name", typeOid: OID.text },
    { name: "option_value", typeOid: OID.text },
  ],
  rows: ([options = null]) =>
    (JSON.parse(String(options)) as string[]).map((option) => {
      const equals = option.indexOf("=");
      return equals < 0 ? [option, null] : [option.slice(0, equals), option.slice(equals + 1)];
    }),
});
