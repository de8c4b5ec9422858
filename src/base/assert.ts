// Programmer errors, as opposed to operating errors (errors.ts): reaching one of these is a bug in ChronDB.

export class AssertionFailure extends Error {
  override readonly name = "AssertionFailure";
}

export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new AssertionFailure(`Assertion failed: ${what}`);
}

/** The value, asserted present: the replacement for a non-null `!`. */
export function present<T>(value: T | null | undefined, what: string): T {
  assert(value !== null && value !== undefined, `${what} is present`);
  return value;
}

export function unreachable(value: never): never {
  throw new AssertionFailure(`Unreachable case: ${String(value)}`);
}
