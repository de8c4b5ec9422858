// Expiry times: seconds or milliseconds, from now or since 1970, with Redis's ranges.
import type { Words } from "../command.ts";
import { notAnInteger, refusal } from "../refusals.ts";
import { parseInt64 } from "./arguments.ts";

export interface TimeUnit {
  /** Milliseconds of one. */
  readonly ms: 1 | 1000;
  /** Since 1970 rather than from now. */
  readonly absolute: boolean;
}

export const SECONDS: TimeUnit = { ms: 1000, absolute: false };
export const MILLISECONDS: TimeUnit = { ms: 1, absolute: false };
export const AT_SECONDS: TimeUnit = { ms: 1000, absolute: true };
export const AT_MILLISECONDS: TimeUnit = { ms: 1, absolute: true };

/** The commit's words when a key's expiry changes and its value does not. */
export const EXPIRE_WORDS: Words = { operation: "save-document", message: "Change expiry of document", flags: [] };

/** The options of SET and GETEX. */
export const EXPIRY_OPTIONS: Readonly<Record<string, TimeUnit>> = {
  EX: SECONDS,
  PX: MILLISECONDS,
  EXAT: AT_SECONDS,
  PXAT: AT_MILLISECONDS,
};

/** Milliseconds since 1970 up to the greatest a number holds exactly (the year 287396). */
const LATEST = BigInt(Number.MAX_SAFE_INTEGER);

/** The time of an option or command, in milliseconds since 1970; at most what a number holds, possibly past or negative. */
export function expiryTime(bytes: Buffer, unit: TimeUnit, nowMs: number, command: string): number {
  const value = parseInt64(bytes);
  if (value === undefined) throw notAnInteger();
  const at = value * BigInt(unit.ms) + (unit.absolute ? 0n : BigInt(nowMs));
  if (at > LATEST || at < -LATEST) throw invalidExpiry(command);
  return Number(at);
}

/** The same where only a positive amount is allowed (SET EX, SETEX, GETEX). */
export function positiveExpiry(bytes: Buffer, unit: TimeUnit, nowMs: number, command: string): number {
  const value = parseInt64(bytes);
  if (value !== undefined && value <= 0n) throw invalidExpiry(command);
  return expiryTime(bytes, unit, nowMs, command);
}

function invalidExpiry(command: string): Error {
  return refusal(`invalid expire time in '${command}' command`);
}
