// pg_timezone_names(): the time zones SET TimeZone takes, with their offset now. Abbreviations are offsets in digits
// (+0545), as the zone database itself has them for zones without letters of their own.
import { showOffset, zoneOffset } from "../../types/calendar.ts";
import { OID } from "../../types/index.ts";
import { packInterval } from "../../types/interval-value.ts";
import { facts } from "../context.ts";
import { defineFunction } from "../define.ts";

/** Summer time: the clock is ahead of where it stands at another time of the year. */
function isSummer(zone: string, millis: number, offset: number): boolean {
  const halfYear = 182 * 86_400_000;
  return offset > zoneOffset(zone, millis - halfYear);
}

export const pgTimezoneNames = defineFunction({
  name: "pg_timezone_names",
  args: [],
  returns: OID.record,
  volatility: "stable",
  kind: "table",
  catalog: true,
  columns: [
    { name: "name", typeOid: OID.text },
    { name: "abbrev", typeOid: OID.text },
    { name: "utc_offset", typeOid: OID.interval },
    { name: "is_dst", typeOid: OID.bool },
  ],
  *rows() {
    const millis = Math.floor(facts().now / 1000);
    for (const zone of ["UTC", ...Intl.supportedValuesOf("timeZone").filter((name) => name !== "UTC")]) {
      const offset = zoneOffset(zone, millis);
      const interval = packInterval({ months: 0, days: 0, micros: BigInt(offset) * 1_000_000n });
      const abbreviation = zone === "UTC" ? zone : showOffset(offset).replaceAll(":", "");
      yield [zone, abbreviation, interval, isSummer(zone, millis, offset) ? 1 : 0];
    }
  },
});
