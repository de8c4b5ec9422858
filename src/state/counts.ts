// How many documents each table has, so that counting never scans: changes are gathered in memory and written to `counter` once
// a group, in its transaction. Number 0 is the total.
import type { Database, Statement } from "better-sqlite3";

export class Counts {
  readonly #pending = new Map<number, number>();
  /** Changes that a savepoint may have to undo: tid, delta, tid, delta …; undone backwards. */
  readonly #journal: number[] = [];
  readonly #add: Statement<unknown[]>;

  constructor(db: Database) {
    this.#add = db.prepare(
      "INSERT INTO counter (tid, documents) VALUES (?, ?) ON CONFLICT (tid) DO UPDATE SET documents = documents + excluded.documents",
    );
  }

  add(tid: number, delta: number): void {
    if (delta === 0) return;
    this.#change(tid, delta);
    this.#journal.push(tid, delta);
  }

  /** Not yet in `counter`. */
  pending(tid: number): number {
    return this.#pending.get(tid) ?? 0;
  }

  mark(): number {
    return this.#journal.length;
  }

  undoTo(mark: number): void {
    while (this.#journal.length > mark) {
      const delta = this.#journal.pop() ?? 0;
      this.#change(this.#journal.pop() ?? 0, -delta);
    }
  }

  forgetUndo(): void {
    this.#journal.length = 0;
  }

  write(): void {
    for (const [tid, delta] of this.#pending) if (delta !== 0) this.#add.run(tid, delta);
    this.clear();
  }

  clear(): void {
    this.#pending.clear();
    this.#journal.length = 0;
  }

  #change(tid: number, delta: number): void {
    this.#pending.set(tid, (this.#pending.get(tid) ?? 0) + delta);
    this.#pending.set(0, (this.#pending.get(0) ?? 0) + delta);
  }
}
