// Optimistic concurrency over HTTP (RFC 9110 section 13): an entity tag is the sequence of a document's current version.
import type { IncomingHttpHeaders } from "node:http";
import { ChronError } from "../../base/errors.ts";
import type { Version } from "../../state/store.ts";

interface Tag {
  readonly weak: boolean;
  readonly value: string;
}

/** `*`, or a list of entity tags; null when the header is absent. */
type Condition = "*" | readonly Tag[] | null;

const LIST = /^\s*(?:W\/)?"[^"]*"\s*(?:,\s*(?:W\/)?"[^"]*"\s*)*$/;

function condition(name: string, header: string | undefined): Condition {
  if (header === undefined) return null;
  if (header.trim() === "*") return "*";
  // A bare number is what people type; it can mean only one thing.
  if (/^\s*\d+\s*$/.test(header)) return [{ weak: false, value: header.trim() }];
  if (!LIST.test(header)) {
    throw new ChronError("INVALID_ARGUMENT", `${name} is neither * nor a list of entity tags such as "42".`);
  }
  return [...header.matchAll(/(W\/)?"([^"]*)"/g)].map((match) => ({ weak: match[1] !== undefined, value: match[2] ?? "" }));
}

export interface Preconditions {
  /** Whether the request has any. */
  readonly any: boolean;
  /** To be called inside the write, with the version it would replace. Throws VERSION_CONFLICT. */
  check(current: Version | undefined): void;
}

/** If-Match and If-None-Match of a write. Throws INVALID_ARGUMENT when they cannot be read. */
export function preconditionsOf(headers: IncomingHttpHeaders): Preconditions {
  const match = condition("If-Match", headers["if-match"]);
  const noneMatch = condition("If-None-Match", headers["if-none-match"]);
  return {
    any: match !== null || noneMatch !== null,
    check(current) {
      if (match !== null && !holds(match, current, false)) throw conflict(current, headers["if-match"] ?? "");
      if (noneMatch !== null && holds(noneMatch, current, true)) throw created(current);
    },
  };
}

/** Whether a GET may be answered 304: its If-None-Match names the version it would get. */
export function notModified(headers: IncomingHttpHeaders, current: Version): boolean {
  const noneMatch = condition("If-None-Match", headers["if-none-match"]);
  return noneMatch !== null && holds(noneMatch, current, true);
}

/** Weak tags count only where the comparison may be weak. */
function holds(asked: "*" | readonly Tag[], current: Version | undefined, weakly: boolean): boolean {
  if (current === undefined) return false;
  return asked === "*" || asked.some(({ weak, value }) => (weakly || !weak) && value === String(current.from));
}

function conflict(current: Version | undefined, asked: string): ChronError {
  const found = current === undefined ? "it does not exist" : `its version is now ${current.from}`;
  return new ChronError(
    "VERSION_CONFLICT",
    `The document is not the version that If-Match asks for (${asked}): ${found}. Read it again and repeat the change.`,
    current === undefined ? {} : { version: current.from },
  );
}

function created(current: Version | undefined): ChronError {
  return new ChronError(
    "VERSION_CONFLICT",
    "The document exists already in a version that If-None-Match excludes; nothing was written.",
    current === undefined ? {} : { version: current.from },
  );
}
