// References to the past, as every door writes them (DESIGN section 5): all digits = a sequence; 7 or more hex digits = a
// commit; `sequence:`, `commit:`, `time:`, `tag:`, `branch:` say it outright; an ISO time where only that reading exists.
import { ChronError } from "../base/errors.ts";

export type Reference =
  | { readonly kind: "sequence"; readonly sequence: number }
  | { readonly kind: "commit"; readonly prefix: string }
  | { readonly kind: "time"; readonly micros: number }
  | { readonly kind: "name"; readonly of: "tag" | "branch" | "either"; readonly name: string };

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

/** Microseconds since 1970 of an ISO 8601 time; without a zone it is UTC. Null when it is not one. */
export function parseIsoMicros(text: string): number | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", zone = "Z"] = match;
  const base = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse rolls 30 February over; reading the date back shows it.
  if (Number.isNaN(base) || new Date(base).toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return null;
  const micros = Number(fraction.padEnd(6, "0").slice(0, 6));
  const sign = zone.startsWith("-") ? -1 : 1;
  const digits = zone.replace(/[^0-9]/g, "").padEnd(4, "0");
  const offset = zone === "Z" || zone === "z" ? 0 : sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
  return (base - offset * 60_000) * 1000 + micros;
}

function invalid(text: string, why: string): never {
  throw new ChronError(
    "INVALID_REFERENCE",
    `${JSON.stringify(text)} names no past state: ${why}. Use a sequence (42), a commit (7 to 40 hex digits), or time:2026-01-31T12:00:00Z.`,
  );
}

function sequenceOf(text: string, digits: string): Reference {
  const sequence = Number(digits);
  if (!/^\d+$/.test(digits) || !Number.isSafeInteger(sequence)) invalid(text, "a sequence is a whole number");
  return { kind: "sequence", sequence };
}

function commitOf(text: string, prefix: string): Reference {
  if (!/^[0-9a-fA-F]{7,40}$/.test(prefix)) invalid(text, "a commit is 7 to 40 hex digits");
  return { kind: "commit", prefix: prefix.toLowerCase() };
}

function timeOf(text: string, time: string): Reference {
  const micros = parseIsoMicros(time);
  if (micros === null) invalid(text, "the time is not an ISO 8601 time");
  return { kind: "time", micros };
}

/** Reads a reference. Throws INVALID_REFERENCE. */
export function parseReference(text: string): Reference {
  const colon = text.indexOf(":");
  const rest = text.slice(colon + 1);
  switch (colon < 0 ? "" : text.slice(0, colon)) {
    case "sequence":
      return sequenceOf(text, rest);
    case "commit":
      return commitOf(text, rest);
    case "time":
      return timeOf(text, rest);
    case "tag":
      return { kind: "name", of: "tag", name: rest };
    case "branch":
      return { kind: "name", of: "branch", name: rest };
  }
  if (/^\d+$/.test(text)) return sequenceOf(text, text);
  if (/^[0-9a-fA-F]{7,40}$/.test(text)) return commitOf(text, text);
  if (ISO.test(text)) return timeOf(text, text);
  if (text === "") invalid(text, "it is empty");
  return { kind: "name", of: "either", name: text };
}
