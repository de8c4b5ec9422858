// Reading arguments: words, integers and options, with Redis's refusals.
import { present } from "../../../base/assert.ts";
import { notAnInteger, refusal, syntaxError } from "../refusals.ts";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** An argument that the arity check has shown to be there. */
export function at(args: readonly Buffer[], index: number): Buffer {
  return present(args[index], "argument");
}

/** An argument as text. */
export function text(args: readonly Buffer[], index: number): string {
  return at(args, index).toString("utf8");
}

/** An option's word, upper case. */
export function word(args: readonly Buffer[], index: number): string {
  return at(args, index).toString("latin1").toUpperCase();
}

/**
 * A signed 64-bit integer as Redis reads one: no spaces, no plus, no leading zeros. Undefined for anything else.
 * Answers a bigint always, so that callers do not lose digits.
 */
export function parseInt64(value: Buffer | string): bigint | undefined {
  if (value.length === 0 || value.length > 20) return undefined;
  const digits = typeof value === "string" ? value : value.toString("latin1");
  if (!/^(?:0|-?[1-9][0-9]*)$/.test(digits)) return undefined;
  const number = BigInt(digits);
  return number < MIN || number > MAX ? undefined : number;
}

/** An int64 argument. Throws `value is not an integer or out of range`. */
export function int64(args: readonly Buffer[], index: number): bigint {
  const value = parseInt64(at(args, index));
  if (value === undefined) throw notAnInteger();
  return value;
}

/** An integer argument from `minimum` up to what a number holds exactly. */
export function whole(args: readonly Buffer[], index: number, minimum: number, refused: string): number {
  const value = int64(args, index);
  if (value < BigInt(minimum)) throw refusal(refused);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

export function inInt64(value: bigint): boolean {
  return value >= MIN && value <= MAX;
}

/** The argument after an option's word. Throws a syntax error when it is missing. */
export function following(args: readonly Buffer[], index: number): Buffer {
  const value = args[index + 1];
  if (value === undefined) throw syntaxError();
  return value;
}
