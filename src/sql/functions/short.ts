// Short forms for declaring functions.
import { OID, type Raw } from "../types/index.ts";
import type { SqlFunction } from "./define.ts";

export const {
  bool,
  int2,
  int4,
  int8,
  float4,
  float8,
  numeric,
  text,
  bytea,
  json,
  jsonb,
  date,
  time,
  timestamp,
  timestamptz,
  interval,
  uuid,
  anyarray,
  anyelement,
} = OID;
export const any = OID.any;
export const texts = OID.textArray;

type More = Partial<SqlFunction>;

/** A function run in JavaScript. */
export function js(
  name: string,
  args: readonly number[],
  returns: number,
  run: (...args: Raw[]) => Raw,
  more: More = {},
): SqlFunction {
  return { name, args, returns, volatility: "immutable", kind: "scalar", js: run, ...more };
}

/** A function printed as SQLite text. */
export function native(
  name: string,
  args: readonly number[],
  returns: number,
  sqlite: (args: string[]) => string,
  more: More = {},
): SqlFunction {
  return { name, args, returns, volatility: "immutable", kind: "scalar", sqlite, ...more };
}

/** A function of any number of further arguments. */
export function variadic(
  name: string,
  args: readonly number[],
  returns: number,
  run: (...args: Raw[]) => Raw,
  more: More = {},
): SqlFunction {
  return { ...js(name, args, returns, run, more), variadic: true, strict: more.strict ?? false };
}

export const truth = (value: boolean): number => (value ? 1 : 0);
