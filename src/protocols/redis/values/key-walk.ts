// Walking keys in slices, for SCAN and KEYS. A pattern that begins with `table:` walks that table only.
import { idFromBytes, splitKey } from "../../../base/keys.ts";
import type { ReadView } from "../../../core/contract.ts";
import type { Version } from "../../../state/store.ts";
import type { Position } from "../cursors.ts";
import { keyBytes } from "../keys.ts";
import { globMatches, globPrefix } from "./glob.ts";

export interface Walked {
  readonly keys: Buffer[];
  /** Where to go on; null at the end. */
  readonly next: Position | null;
}

/** The table and the beginning of the id that every match of a pattern has; null when it may match in several tables. */
export function tableOf(match: Buffer | null): { table: string; prefix: string } | null {
  if (match === null) return null;
  const literal = globPrefix(match);
  // A byte after the colon is needed: `user:` itself is a key of table `default`.
  const colon = literal.indexOf(58);
  if (colon < 1 || colon === literal.length - 1) return null;
  const { table, id } = splitKey(idFromBytes(literal));
  return table === "default" ? null : { table, prefix: id };
}

/** Looks at up to `limit` keys after `after` and answers those that fit. */
export function walk(
  view: ReadView,
  after: Position | null,
  limit: number,
  match: Buffer | null,
  fits: (version: Version) => boolean,
): Walked {
  const keys: Buffer[] = [];
  const place = tableOf(match);
  const take = (table: string, version: Version): void => {
    if (!fits(version)) return;
    const key = keyBytes(table, version.id);
    if (match === null || globMatches(match, key)) keys.push(key);
  };
  if (place !== null) {
    const from = after === null ? {} : { after: after.id };
    const versions = view.list(place.table, { ...from, prefix: place.prefix, limit });
    for (const version of versions) take(place.table, version);
    const last = versions.at(-1);
    return { keys, next: last === undefined || versions.length < limit ? null : { tid: 0, id: last.id } };
  }
  const found = view.scan(after, limit);
  for (const { table, version } of found) take(table, version);
  const last = found.at(-1);
  return { keys, next: last === undefined || found.length < limit ? null : { tid: last.tid, id: last.version.id } };
}
