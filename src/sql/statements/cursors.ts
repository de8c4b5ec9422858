// The cursors of one session: DECLARE … FETCH, MOVE, CLOSE. A cursor's statement runs when it is declared, so its rows are those
// of that moment; rows gone past are kept so that it can go back. PostgreSQL's rules of position: 0 is before the first row, and
// going further than the last row leaves the cursor behind it.
import type { DeclareCursorStmt, FetchStmt } from "libpg-query";
import type { Clock } from "../../base/clock.ts";
import type { SqlColumn, SqlCursor, SqlText } from "../contract.ts";
import { fail } from "../errors.ts";
import type { Cancellation } from "../execute/cancellation.ts";
import { WorkerCursor } from "../execute/cursor.ts";
import { RowStore } from "../execute/row-store.ts";
import type { SpoolBounds } from "../execute/spool.ts";

// Bits of DeclareCursorStmt.options.
const BINARY = 0x01;
const SCROLL = 0x02;
const NO_SCROLL = 0x04;
const HOLD = 0x20;
/** FETCH ALL, as the grammar says it. */
const ALL = 2_147_483_647;
/** Rows moved over at a time. */
const STEP_ROWS = 1_000;

export interface CursorOptions {
  readonly name: string;
  readonly binary: boolean;
  readonly scroll: boolean;
  readonly noScroll: boolean;
  readonly hold: boolean;
}

export function cursorOptions(statement: DeclareCursorStmt): CursorOptions {
  const options = statement.options ?? 0;
  return {
    name: statement.portalname ?? "",
    binary: (options & BINARY) !== 0,
    scroll: (options & SCROLL) !== 0,
    noScroll: (options & NO_SCROLL) !== 0,
    hold: (options & HOLD) !== 0,
  };
}

export class DeclaredCursor {
  readonly options: CursorOptions;
  readonly text: string;
  readonly columns: readonly SqlColumn[];
  /** Microseconds since 1970. */
  readonly declaredAt: number;
  /** Order of declaration, for savepoints. */
  readonly number: number;
  /** Made by a transaction that has committed: only CLOSE ends it. */
  held = false;
  /** A FETCH from it failed: as PostgreSQL has it, it cannot be used any more. */
  failed = false;
  readonly #source: SqlCursor;
  readonly #cancellation: Cancellation;
  readonly #store: RowStore;
  /** Row the cursor is on, from 1; 0 = before the first. */
  #position = 0;
  #atEnd = false;
  /** The source has no more rows. */
  #exhausted = false;

  constructor(parts: {
    options: CursorOptions;
    text: string;
    declaredAt: number;
    number: number;
    source: SqlCursor;
    cancellation: Cancellation;
    bounds: SpoolBounds;
  }) {
    this.options = parts.options;
    this.text = parts.text;
    this.declaredAt = parts.declaredAt;
    this.number = parts.number;
    this.columns = parts.source.columns ?? [];
    this.#source = parts.source;
    this.#cancellation = parts.cancellation;
    this.#store = new RowStore(parts.bounds);
    if (parts.source instanceof WorkerCursor) parts.source.start();
  }

  get position(): number {
    return this.#position;
  }

  get atEnd(): boolean {
    return this.#atEnd;
  }

  get isOnRow(): boolean {
    return this.#position > 0 && !this.#atEnd;
  }

  /** Stops what the cursor's statement still runs. */
  cancel(reason: string): void {
    this.#cancellation.cancel(reason);
  }

  /** Takes all rows now: the transaction whose snapshot they are of is about to end. */
  async materialize(): Promise<void> {
    while (!this.#exhausted) await this.#more(STEP_ROWS);
  }

  async forward(count: number): Promise<SqlText[][]> {
    if (this.#atEnd || count <= 0) return [];
    const from = this.#position;
    const rows = await this.#rows(from, from + count);
    this.#position += rows.length;
    if (rows.length < count) {
      this.#position++;
      this.#atEnd = true;
    }
    return rows;
  }

  async backward(count: number): Promise<SqlText[][]> {
    if (this.options.noScroll) this.#refuseBack();
    if (this.#position === 0 || count <= 0) return [];
    const to = this.#position - 1;
    const from = Math.max(0, to - count);
    const rows = (await this.#rows(from, to)).reverse();
    this.#atEnd = false;
    this.#position = rows.length < count ? 0 : this.#position - count;
    return rows;
  }

  rewind(): void {
    if (this.#position === 0) return;
    if (this.options.noScroll) this.#refuseBack();
    this.#position = 0;
    this.#atEnd = false;
  }

  close(): void {
    this.#cancellation.cancel("the cursor was closed");
    this.#source.close();
    this.#store.close().catch(() => undefined);
  }

  #refuseBack(): never {
    return fail("55000", "cursor can only scan forward", {
      hint: "Declare it with SCROLL option to enable backward scan.",
    });
  }

  async #rows(from: number, to: number): Promise<SqlText[][]> {
    // Rows nobody can come back to are not kept.
    if (this.options.noScroll && this.#store.count <= from && !this.options.hold) return this.#pull(to - from);
    while (!this.#exhausted && this.#store.count < to) await this.#more(to - this.#store.count);
    return this.#store.slice(from, to);
  }

  async #more(count: number): Promise<void> {
    await this.#store.append(await this.#pull(Math.min(count, STEP_ROWS)));
  }

  async #pull(count: number): Promise<SqlText[][]> {
    const rows: SqlText[][] = [];
    while (!this.#exhausted && rows.length < count) {
      const batch = await this.#source.next(count - rows.length);
      for (const row of batch.rows) rows.push(row);
      if (batch.done) this.#exhausted = true;
    }
    return rows;
  }
}

interface Move {
  readonly way: "forward" | "backward";
  readonly count: number;
  /** Whether the client gets the rows. */
  readonly shown: boolean;
}

/** What a FETCH or MOVE does, from where the cursor stands, in PostgreSQL's steps. */
function movesOf(cursor: DeclaredCursor, direction: string, howMany: number): Move[] {
  const count = Math.abs(howMany);
  const moves: Move[] = [];
  const go = (way: Move["way"], many: number, shown: boolean): void => {
    moves.push({ way, count: many, shown });
  };
  switch (direction) {
    case "FETCH_ABSOLUTE":
      if (howMany > 0) {
        const place = cursor.position;
        if (howMany - 1 <= place / 2) {
          cursor.rewind();
          if (howMany > 1) go("forward", howMany - 1, false);
        } else if (howMany <= place) go("backward", place - howMany + 1, false);
        else if (howMany > place + 1) go("forward", howMany - place - 1, false);
        go("forward", 1, true);
      } else if (howMany < 0) {
        go("forward", ALL, false);
        if (count > 1) go("backward", count - 1, false);
        go("backward", 1, true);
      } else cursor.rewind();
      return moves;
    case "FETCH_RELATIVE":
      if (howMany !== 0) {
        const way = howMany > 0 ? "forward" : "backward";
        if (count > 1) go(way, count - 1, false);
        go(way, 1, true);
        return moves;
      }
      break;
    default: {
      const way = (direction === "FETCH_BACKWARD") === howMany < 0 ? "forward" : "backward";
      if (howMany !== 0) {
        go(way, count, true);
        return moves;
      }
    }
  }
  // FETCH 0: the row the cursor is on, once more.
  if (cursor.isOnRow) {
    go("backward", 1, false);
    go("forward", 1, true);
  }
  return moves;
}

/** FETCH or MOVE as a statement that answers rows. */
export class FetchCursor implements SqlCursor {
  readonly columns: readonly SqlColumn[] | null;
  readonly binary: boolean;
  readonly #cursor: DeclaredCursor;
  readonly #statement: FetchStmt;
  readonly #isMove: boolean;
  #moves: Move[] | null = null;
  #done = 0;
  #count = 0;
  #first: { rows: SqlText[][]; done: boolean } | null = null;

  constructor(cursor: DeclaredCursor, statement: FetchStmt) {
    this.#cursor = cursor;
    this.#statement = statement;
    this.#isMove = statement.ismove ?? false;
    this.columns = this.#isMove ? null : cursor.columns;
    this.binary = cursor.options.binary;
  }

  /** Takes the first rows. */
  async begin(): Promise<void> {
    if (this.#cursor.failed) fail("55000", `portal "${this.#cursor.options.name}" cannot be run`);
    this.#first = await this.next(STEP_ROWS);
  }

  async next(max: number): Promise<{ rows: SqlText[][]; done: boolean }> {
    const first = this.#first;
    if (first !== null) {
      const rows = max === 0 ? first.rows : first.rows.slice(0, max);
      const left = first.rows.slice(rows.length);
      this.#first = left.length === 0 ? null : { rows: left, done: first.done };
      return { rows, done: left.length === 0 && first.done };
    }
    try {
      return await this.#move(max);
    } catch (thrown) {
      this.#cursor.failed = true;
      throw thrown;
    }
  }

  async #move(max: number): Promise<{ rows: SqlText[][]; done: boolean }> {
    if (this.#moves === null) {
      // MOVE 0 stays where it is, which a cursor that cannot go back can do too.
      const howMany = Number(this.#statement.howMany ?? 0);
      const direction = this.#statement.direction ?? "FETCH_FORWARD";
      if (this.#isMove && howMany === 0 && direction !== "FETCH_ABSOLUTE") {
        this.#count = this.#cursor.isOnRow ? 1 : 0;
        return { rows: [], done: true };
      }
      this.#moves = movesOf(this.#cursor, direction, howMany);
    }
    for (;;) {
      const move = this.#moves[0];
      if (move === undefined) return { rows: [], done: true };
      const left = move.count === ALL ? STEP_ROWS : Math.min(STEP_ROWS, move.count - this.#done);
      const shown = move.shown && !this.#isMove;
      const wanted = shown && max > 0 ? Math.min(left, max) : left;
      const rows = await (move.way === "forward" ? this.#cursor.forward(wanted) : this.#cursor.backward(wanted));
      this.#done += rows.length;
      if (move.shown) this.#count += rows.length;
      if (rows.length < wanted || (move.count !== ALL && this.#done >= move.count)) {
        this.#moves.shift();
        this.#done = 0;
      }
      if (shown && (rows.length > 0 || this.#moves.length === 0)) return { rows, done: this.#moves.length === 0 };
    }
  }

  tag(): string {
    return `${this.#isMove ? "MOVE" : "FETCH"} ${this.#count}`;
  }

  /** The cursor outlives it. */
  close(): void {
    this.#moves = [];
  }
}

export class Cursors {
  readonly #byName = new Map<string, DeclaredCursor>();
  readonly #clock: Clock;
  readonly #maximum: number;
  readonly #bounds: SpoolBounds;
  #last = 0;

  constructor(clock: Clock, maximum: number, bounds: SpoolBounds) {
    this.#clock = clock;
    this.#maximum = maximum;
    this.#bounds = bounds;
  }

  get all(): readonly DeclaredCursor[] {
    return [...this.#byName.values()];
  }

  /** Number of the cursor declared last: what was declared after a moment has a greater one. */
  get last(): number {
    return this.#last;
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  get(name: string): DeclaredCursor | undefined {
    return this.#byName.get(name);
  }

  /** Throws 34000. */
  need(name: string): DeclaredCursor {
    return this.#byName.get(name) ?? fail("34000", `cursor "${name}" does not exist`);
  }

  /** Throws 42P03 when the name is taken. */
  check(name: string): void {
    if (this.#byName.has(name)) fail("42P03", `cursor "${name}" already exists`);
    if (this.#byName.size >= this.#maximum)
      fail("54000", `This session already holds ${this.#maximum} open cursors (limit pgPortals); close some first.`);
  }

  add(options: CursorOptions, text: string, source: SqlCursor, cancellation: Cancellation): DeclaredCursor {
    const cursor = new DeclaredCursor({
      options,
      text,
      declaredAt: this.#clock.micros(),
      number: ++this.#last,
      source,
      cancellation,
      bounds: this.#bounds,
    });
    this.#byName.set(options.name, cursor);
    return cursor;
  }

  close(name: string): void {
    this.need(name).close();
    this.#byName.delete(name);
  }

  /** Also at a session's end. */
  closeAll(): void {
    this.#drop(() => true);
  }

  /** Before a transaction commits: cursors WITH HOLD take their rows while they can. */
  async hold(): Promise<void> {
    for (const cursor of this.#byName.values()) if (cursor.options.hold && !cursor.held) await cursor.materialize();
  }

  committed(): void {
    if (this.isEmpty) return;
    this.#drop((cursor) => !cursor.options.hold);
    for (const cursor of this.#byName.values()) cursor.held = true;
  }

  rolledBack(): void {
    this.#drop((cursor) => !cursor.held);
  }

  /** ROLLBACK TO a savepoint: what was declared since goes. */
  rolledBackTo(last: number): void {
    this.#drop((cursor) => !cursor.held && cursor.number > last);
  }

  #drop(which: (cursor: DeclaredCursor) => boolean): void {
    for (const [name, cursor] of this.#byName) {
      if (!which(cursor)) continue;
      cursor.close();
      this.#byName.delete(name);
    }
  }
}
