// A plan's cursor as the session hands it out: errors are told in the client's words, and the end of the rows ends the statement.
import type { SqlColumn, SqlCursor, SqlError, SqlText } from "../contract.ts";

export interface Guard {
  /** The error to tell once the statement was cancelled; null before. */
  reason(): SqlError | null;
  /** What the client is told of an error. */
  told(thrown: unknown): unknown;
  /** Called once, when the statement is over. */
  ended(): void;
}

const NO_GUARD: Guard = { reason: () => null, told: (thrown) => thrown, ended: () => undefined };

export class GuardedCursor implements SqlCursor {
  readonly columns: readonly SqlColumn[] | null;
  readonly #cursor: SqlCursor;
  readonly #guard: Guard;
  #over = false;

  constructor(cursor: SqlCursor, guard: Guard) {
    this.#cursor = cursor;
    this.#guard = guard;
    this.columns = cursor.columns;
  }

  get binary(): boolean {
    return this.#cursor.binary ?? false;
  }

  /** A cursor over rows that are there already. */
  static of(columns: readonly SqlColumn[] | null, rows: SqlText[][], tag: string): GuardedCursor {
    let at = 0;
    const cursor: SqlCursor = {
      columns,
      next: async (max) => {
        const from = at;
        at = max === 0 ? rows.length : Math.min(rows.length, at + max);
        return { rows: rows.slice(from, at), done: at >= rows.length };
      },
      tag: () => tag,
      close: () => undefined,
    };
    return new GuardedCursor(cursor, NO_GUARD);
  }

  async next(max: number): Promise<{ rows: SqlText[][]; done: boolean }> {
    try {
      const answer = await this.#cursor.next(max);
      // A statement cancelled while its last rows were on the way is cancelled all the same.
      const cancelled = this.#over ? null : this.#guard.reason();
      if (cancelled !== null) throw cancelled;
      if (answer.done) this.#end();
      return answer;
    } catch (thrown) {
      this.#cursor.close();
      this.#end();
      // A killed worker says only that it died; the cancellation knows why.
      throw this.#guard.told(this.#guard.reason() ?? thrown);
    }
  }

  tag(): string {
    return this.#cursor.tag();
  }

  close(): void {
    this.#cursor.close();
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#guard.ended();
  }
}
