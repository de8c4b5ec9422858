// A command's rows: lines sent one after the other on one connection to an empty database, and the reply of each.
import type { Value } from "../replies.ts";

export type Expected = Value | ((reply: Value) => boolean);
export type Rows = Readonly<Record<string, readonly (readonly [line: string, expected: Expected])[]>>;

export const OK: Value = { status: "OK" };
export const QUEUED: Value = { status: "QUEUED" };
export const WRONGTYPE: Value = { error: "WRONGTYPE Operation against a key holding the wrong kind of value" };

export function err(text: string): Value {
  return { error: `ERR ${text}` };
}

/** A time in the same seconds as now plus `seconds`. */
export function near(value: number, slack: number): (reply: Value) => boolean {
  return (reply) => typeof reply === "number" && Math.abs(reply - value) <= slack;
}
