import { sessionRows } from "../define.ts";

function kindOf(value: string): "bool" | "integer" | "real" | "string" {
  if (value === "on" || value === "off") return "bool";
  if (/^-?\d+$/.test(value)) return "integer";
  return /^-?\d+\.\d+$/.test(value) ? "real" : "string";
}

/** The session's settings as SHOW ALL has them. */
export const pgSettings = sessionRows("pg_catalog.pg_settings", (facts) =>
  facts.settings().map(({ name, value, description }) => ({
    name,
    setting: value,
    category: "ChronDB",
    short_desc: description,
    context: "user",
    vartype: kindOf(value),
    source: "session",
    boot_val: null,
    reset_val: null,
    pending_restart: 0,
  })),
);
