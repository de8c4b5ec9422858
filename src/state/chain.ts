// Past versions of a document form a chain, so that history needs no index, which would touch a page of its own for nearly every
// write. Each version knows `prev` (the row of history, by its number n, of the version before it, also across a deletion; 0 = none),
// `depth` (how many came before it) and `jump`. Rows of history are numbered in the order they end, and an entry notes the last
// number given out (`past`): what ended after entry S has a number above past(S). So the version of a moment is found by
// numbers alone, without reading what is jumped over.
//
// Every 16th version is a milestone. An ordinary version's `jump` is the milestone before it; a milestone's is an earlier one,
// chosen as in skew-binary lists, so that any version is found in O(log n) steps while a write reads old rows only once in 16.
import type { Database, Statement } from "better-sqlite3";
import type { Kind } from "../log/entry.ts";

export type PastRow = [from: number, kind: Kind, expires: number, body: string | Buffer, to: number];
type LinkedRow = [...PastRow, prev: number];
/** Where a chain begins: what the newest version, or a deleted document's row in `gone`, knows. */
export type ChainEnd = [prev: number, depth: number, jump: number];

export const MILESTONE = 16;

/** The jump of a new milestone, seen from the row before it, whose own jump is the last milestone. */
const MILESTONE_JUMP = `(SELECT CASE WHEN j.n IS NOT NULL AND m.depth - j.depth = j.depth - coalesce(jj.depth, 0) THEN j.jump ELSE m.n END
  FROM history AS m LEFT JOIN history AS j ON j.n = m.jump LEFT JOIN history AS jj ON jj.n = j.jump WHERE m.n = %t.jump)`;

/**
 * Assignments that make `table`'s row the next of its chain; parameters: the number for the row of history, twice. Only for a row
 * that an earlier entry wrote: one that the same entry wrote stays where it is in its chain.
 */
export function advanceChain(table: string): string {
  return `prev = ?, depth = depth + 1, jump = CASE depth % ${MILESTONE} WHEN 0 THEN ?
    WHEN ${MILESTONE - 1} THEN ${MILESTONE_JUMP.replace("%t", table)} ELSE jump END`;
}

/** Walks chains on one connection. */
export class Chains {
  readonly #past: Statement<unknown[], number>;
  readonly #gone: Statement<unknown[], ChainEnd>;
  readonly #links: Statement<unknown[], [prev: number, jump: number]>;
  readonly #version: Statement<unknown[], LinkedRow>;

  constructor(db: Database) {
    const raw = <Row>(sql: string) => db.prepare(sql).raw() as Statement<unknown[], Row>;
    this.#past = db.prepare("SELECT past FROM entry WHERE seq <= ? ORDER BY seq DESC LIMIT 1").pluck() as Statement<
      unknown[],
      number
    >;
    this.#gone = raw("SELECT prev, depth, jump FROM gone WHERE tid = ? AND id = ?");
    // One statement a step: a recursive query costs more to start than ten steps take.
    this.#links = raw("SELECT prev, jump FROM history WHERE n = ?");
    this.#version = raw("SELECT from_seq, kind, expires, body, to_seq, prev FROM history WHERE n = ?");
  }

  /** Versions that ended after entry `sequence` have numbers above this one. */
  pastAt(sequence: number): number {
    return this.#past.get(sequence) ?? 0;
  }

  /** The chain of a deleted document. */
  gone(tid: number, id: string): ChainEnd | undefined {
    return this.#gone.get(tid, id);
  }

  /** The past version that was current after entry `sequence`; `past` = pastAt(sequence). */
  versionAt(end: ChainEnd, sequence: number, past: number): PastRow | undefined {
    const n = this.#oldestAbove(end, past);
    const row = n === 0 ? undefined : this.#version.get(n);
    return row === undefined || row[0] > sequence || row[4] <= sequence ? undefined : pastRow(row);
  }

  /** Past versions that began below entry `before`, newest first. */
  versionsBelow(end: ChainEnd, before: number, limit: number): PastRow[] {
    // All that ended before it began before it; of the others, only the oldest may have.
    let n = this.#oldestAbove(end, this.pastAt(before - 1)) || end[0];
    const found: PastRow[] = [];
    while (n !== 0 && found.length < limit) {
      const row = this.#version.get(n);
      if (row === undefined) break;
      if (row[0] < before) found.push(pastRow(row));
      n = row[5] < n ? row[5] : 0;
    }
    return found;
  }

  /** The number of the oldest version with a number above `past`; 0 = there is none. */
  #oldestAbove(end: ChainEnd, past: number): number {
    let [prev, , jump] = end;
    let n = 0;
    while (prev > past) {
      const next = jump > past ? jump : prev;
      const links = n === 0 || next < n ? this.#links.get(next) : undefined;
      // In a sound file the row exists and lies further back; a damaged one must not be walked for ever.
      if (links === undefined) break;
      n = next;
      [prev, jump] = links;
    }
    return n;
  }
}

function pastRow(row: LinkedRow): PastRow {
  return [row[0], row[1], row[2], row[3], row[4]];
}
