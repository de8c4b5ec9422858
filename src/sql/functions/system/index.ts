// Functions about the session: settings, identifiers, sleep, types of values.
import { fail } from "../../errors.ts";
import { OID, type Raw } from "../../types/index.ts";
import { context, facts } from "../context.ts";
import type { CallTypes, SqlFunction } from "../define.ts";
import { any, bool, int4, js, text, uuid } from "../short.ts";
import { notifyFunctions } from "./notify.ts";

const catalog = { volatility: "stable", catalog: true } as const;

function setting(name: Raw | undefined, missingOk: boolean): string | null {
  const value = facts().setting(String(name).toLowerCase());
  return value === null && !missingOk ? fail("42704", `unrecognized configuration parameter "${String(name)}"`) : value;
}

export const systemFunctions: readonly SqlFunction[] = [
  ...notifyFunctions,
  js("current_setting", [text, bool], text, (name, missingOk) => setting(name, Boolean(missingOk)), { ...catalog, optional: 1 }),
  js(
    "set_config",
    [text, text, bool],
    text,
    (name, value, local) => context().setSetting(String(name).toLowerCase(), value === null ? "" : String(value), Boolean(local)),
    {
      volatility: "volatile",
      session: true,
      catalog: true,
      strict: false,
    },
  ),
  js("gen_random_uuid", [], uuid, () => context().uuid(), { volatility: "volatile" }),
  js("uuid_generate_v4", [], uuid, () => context().uuid(), { volatility: "volatile" }),
  js("pg_typeof", [any], OID.regtype, (types) => (JSON.parse(String(types)) as CallTypes).args[0] ?? 0, {
    typed: true,
    strict: false,
    catalog: true,
  }),
  js("num_nulls", [any], int4, (...values) => values.filter((value) => value === null).length, { strict: false, variadic: true }),
  js("num_nonnulls", [any], int4, (...values) => values.filter((value) => value !== null).length, {
    strict: false,
    variadic: true,
  }),
];
