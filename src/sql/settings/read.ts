// Reads what a client wrote for a setting into the form SHOW answers, or refuses it in PostgreSQL's words.
import { fail } from "../errors.ts";
import type { SettingDefinition } from "./table.ts";

const TRUE = /^(on|t|tr|tru|true|y|ye|yes|1)$/i;
const FALSE = /^(of|off|f|fa|fal|fals|false|n|no|0)$/i;
const MILLISECONDS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const KILOBYTES: Readonly<Record<string, number>> = { B: 1 / 1024, kB: 1, MB: 1024, GB: 1024 ** 2, TB: 1024 ** 3 };

/** Values that are taken and not told of. */
const HIDDEN: ReadonlySet<string> = new Set(["debug", "info"]);

function invalid(definition: SettingDefinition, value: string, hint?: string): never {
  return fail("22023", `invalid value for parameter "${definition.name}": "${value}"`, hint === undefined ? {} : { hint });
}

function readBool(definition: SettingDefinition, value: string): string {
  if (TRUE.test(value)) return "on";
  if (FALSE.test(value)) return "off";
  return fail("22023", `parameter "${definition.name}" requires a Boolean value`);
}

function readInteger(definition: SettingDefinition, value: string): string {
  if (definition.kind.kind !== "integer") return value;
  const { minimum, maximum, unit } = definition.kind;
  const match = /^\s*([+-]?\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(value);
  const factors = unit === "ms" ? MILLISECONDS : unit === "kB" ? KILOBYTES : {};
  const factor = match?.[2] === "" ? 1 : factors[match?.[2] ?? ""];
  if (match === null || factor === undefined) {
    const units = Object.keys(factors).map((name) => `"${name}"`);
    // A number with a unit nobody knows is told of units; anything else is no number.
    return invalid(
      definition,
      value,
      match === null || units.length === 0 ? undefined : `Valid units for this parameter are ${units.join(", ")}.`,
    );
  }
  const number = Math.round(Number(match[1]) * factor);
  if (number < minimum || number > maximum) {
    fail(
      "22023",
      `${number}${unit === undefined ? "" : ` ${unit}`} is outside the valid range for parameter "${definition.name}" (${minimum} .. ${maximum})`,
    );
  }
  return String(number);
}

function readZone(definition: SettingDefinition, value: string): string {
  const zone = /^(utc|gmt|z|default|local)$/i.test(value) ? "UTC" : value;
  const offset = /^([+-]?)(\d{1,2})(?::(\d{2}))?$/.exec(zone);
  if (offset !== null) return zone;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone === "UTC" ? "UTC" : zone;
  } catch (thrown) {
    if (thrown instanceof RangeError) return invalid(definition, value);
    throw thrown;
  }
}

const FORMATS: Readonly<Record<string, string>> = { iso: "ISO", sql: "SQL", german: "German" };
const ORDERS: readonly (readonly [RegExp, string])[] = [
  [/^ymd$/, "YMD"],
  [/^(dmy|euro.*)$/, "DMY"],
  [/^(mdy|us|noneuro.*)$/, "MDY"],
];

/** What is not said stays as it was; German alone also says the day comes first. */
function readDates(definition: SettingDefinition, value: string, before: string): string {
  let [format = "ISO", order = "MDY"] = before.split(/,\s*/);
  const formats = new Set<string>();
  const orders = new Set<string>();
  for (const word of value.toLowerCase().split(/[,\s]+/)) {
    if (word === "") continue;
    const named = FORMATS[word] ?? (word.startsWith("postgres") ? "Postgres" : undefined);
    const ordered = ORDERS.find(([pattern]) => pattern.test(word))?.[1];
    if (named !== undefined) {
      format = named;
      formats.add(named);
      if (named === "German" && orders.size === 0) order = "DMY";
    } else if (ordered !== undefined) {
      order = ordered;
      orders.add(ordered);
    } else if (word === "default") [format, order] = ["ISO", "MDY"];
    else
      return fail("22023", `invalid value for parameter "${definition.name}": "${value}"`, {
        detail: `Unrecognized key word: "${word}".`,
      });
  }
  if (formats.size > 1 || orders.size > 1) {
    return fail("22023", `invalid value for parameter "DateStyle": "${value}"`, {
      detail: 'Conflicting "datestyle" specifications.',
    });
  }
  return `${format}, ${order}`;
}

/** The value in the form SHOW answers; `before` is the one in force. Throws 22023, 55P02. */
export function readSetting(definition: SettingDefinition, value: string, before = definition.value): string {
  switch (definition.kind.kind) {
    case "fixed":
      return fail("55P02", `parameter "${definition.name}" cannot be changed`);
    case "bool":
      return readBool(definition, value);
    case "integer":
      return readInteger(definition, value);
    case "real": {
      const number = Number(value);
      if (value.trim() === "" || Number.isNaN(number)) return invalid(definition, value);
      return String(number);
    }
    case "zone":
      return readZone(definition, value);
    case "dates":
      return readDates(definition, value, before);
    case "choice": {
      const { values } = definition.kind;
      const wanted = value.toLowerCase();
      if (!values.includes(wanted)) {
        return invalid(definition, value, `Available values: ${values.filter((known) => !HIDDEN.has(known)).join(", ")}.`);
      }
      // An encoding has one form that is shown, however written.
      if (definition.name === "client_encoding") return "UTF8";
      return definition.value === "on" && TRUE.test(wanted) ? "on" : wanted;
    }
    case "text":
      return value;
  }
}

/** How SHOW prints a value: with the largest unit that divides it. */
export function showSetting(definition: SettingDefinition, value: string): string {
  if (definition.kind.kind !== "integer" || definition.kind.unit === undefined || value === "0") return value;
  const units = definition.kind.unit === "ms" ? MILLISECONDS : KILOBYTES;
  const largest = Object.entries(units)
    .filter(([, factor]) => factor >= 1 && Number(value) % factor === 0)
    .at(-1);
  return largest === undefined ? value : `${Number(value) / largest[1]}${largest[0]}`;
}
