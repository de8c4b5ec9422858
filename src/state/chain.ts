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
/** Where a chain begins: what the newest version, or a deleted document's row in `gone`, knows. */
export type ChainEnd = [prev: number, depth: number, jump: number];

export const MILESTONE = 16;

/** The jump of a new milestone, seen from the row before it, whose own jump is the last milestone. */
const MILESTONE_JUMP = `(SELECT CASE WHEN j.n IS NOT NULL AND m.depth - j.depth = j.depth - coalesce(jj.depth, 0) THEN j.jump ELSE m.n END
  FROM history AS m LEFT JOIN history AS j ON j.n = m.jump LEFT JOIN history AS jj ON jj.n = j.jump WHERE m.n = %t.jump)`;

/**
 * Assignments that make `table`'s row the next of its chain. Parameters: the entry's sequence, the number for the row of history,
 * the sequence, the sequence, the number. A row that the same entry wrote stays where it is in its chain.
 */
export function advanceChain(table: string): string {
  return `prev = CASE WHEN from_seq < ? THEN ? ELSE prev END, depth = depth + (from_seq < ?),
    jump = CASE WHEN from_seq >= ? THEN jump WHEN depth % ${MILESTONE} = 0 THEN ?
      WHEN depth % ${MILESTONE} = ${MILESTONE - 1} THEN ${MILESTONE_JUMP.replace("%t", table)} ELSE jump END`;
}

/** Walks chains on one connection. */
export class Chains {
  readonly #past: Statement<unknown[], number>;
  readonly #gone: Statement<unknown[], ChainEnd>;
  readonly #oldestAbove: Statement<unknown[], [...PastRow, prev: number, n: number]>;
  readonly #newestFrom: Statement<unknown[], PastRow>;

  constructor(db: Database) {
    const raw = <Row>(sql: string) => db.prepare(sql).raw() as Statement<unknown[], Row>;
    this.#past = db.prepare("SELECT past FROM entry WHERE seq <= ? ORDER BY seq DESC LIMIT 1").pluck() as Statement<
      unknown[],
      number
    >;
    this.#gone = raw("SELECT prev, depth, jump FROM gone WHERE tid = ? AND id = ?");
    // `n < walk.n` ends the walk also in a damaged file.
    this.#oldestAbove = raw(`WITH RECURSIVE walk (n, prev, jump) AS (
        SELECT n, prev, jump FROM history WHERE n = ?
        UNION ALL SELECT older.n, older.prev, older.jump FROM walk CROSS JOIN history AS older
          ON older.n = CASE WHEN walk.jump > ? THEN walk.jump WHEN walk.prev > ? THEN walk.prev END AND older.n < walk.n)
      SELECT from_seq, kind, expires, body, to_seq, prev, n FROM history WHERE n = (SELECT min(n) FROM walk)`);
    this.#newestFrom = raw(`WITH RECURSIVE walk (n, prev, from_seq, kind, expires, body, to_seq) AS (
        SELECT n, prev, from_seq, kind, expires, body, to_seq FROM history WHERE n = ?
        UNION ALL SELECT older.n, older.prev, older.from_seq, older.kind, older.expires, older.body, older.to_seq
          FROM walk CROSS JOIN history AS older ON older.n = walk.prev AND older.n < walk.n LIMIT ?)
      SELECT from_seq, kind, expires, body, to_seq FROM walk`);
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
    const row = this.#oldest(end, past);
    return row === undefined || row[0] > sequence || row[4] <= sequence ? undefined : [row[0], row[1], row[2], row[3], row[4]];
  }

  /** Past versions that began below entry `before`, newest first. */
  versionsBelow(end: ChainEnd, before: number, limit: number): PastRow[] {
    const oldest = this.#oldest(end, this.pastAt(before - 1));
    const start = oldest === undefined ? end[0] : oldest[0] < before ? oldest[6] : oldest[5];
    return start === 0 || limit <= 0 ? [] : this.#newestFrom.all(start, limit);
  }

  #oldest(end: ChainEnd, past: number): [...PastRow, prev: number, n: number] | undefined {
    const [prev, , jump] = end;
    return prev <= past ? undefined : this.#oldestAbove.get(jump > past ? jump : prev, past, past);
  }
}
