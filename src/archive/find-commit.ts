// Commits by the first digits of their hash.

import type { CommitMap } from "./commit-map.ts";
import { entryTrailers, readCommit } from "./commit-text.ts";
import type { FoundCommit } from "./messages.ts";
import type { PackReader } from "./pack-reader.ts";

/** Two are enough to know that a prefix is ambiguous. */
const FOUND_MAXIMUM = 2;
/** Objects of every kind that share 7 digits; far more than chance gives. */
const CANDIDATES = 1_000;

/** Published commits of entries whose hash starts with `prefix`, at most two. */
export function findCommits(view: { reader: PackReader; map: CommitMap; published: number }, prefix: string): FoundCommit[] {
  const found: FoundCommit[] = [];
  for (const id of view.reader.startingWith(prefix, CANDIDATES)) {
    const object = view.reader.find(id);
    if (object?.type !== "commit") continue;
    const trailers = entryTrailers(readCommit(object.content)?.message ?? "");
    // Only what lies on the branch: the map knows.
    if (trailers === null || trailers.sequence > view.published || view.map.get(trailers.sequence) !== id) continue;
    found.push({ commit: id, sequence: trailers.sequence });
    if (found.length >= FOUND_MAXIMUM) break;
  }
  return found;
}
