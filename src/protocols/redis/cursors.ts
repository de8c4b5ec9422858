// SCAN's cursors. Clients read them as 64-bit numbers, and a position is a table and an id, so the door numbers the positions
// it has handed out and remembers a bounded number of them, over all connections (pools continue a SCAN on another one).

export interface Position {
  readonly tid: number;
  readonly id: string;
}

export class Cursors {
  readonly #limit: number;
  readonly #positions = new Map<string, Position>();
  #next = 1;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The cursor that continues after a position. */
  issue(position: Position): string {
    const cursor = String(this.#next++);
    this.#positions.set(cursor, position);
    if (this.#positions.size > this.#limit) {
      const [oldest] = this.#positions.keys();
      if (oldest !== undefined) this.#positions.delete(oldest);
    }
    return cursor;
  }

  /** The position of a cursor; undefined when it was never given out or is forgotten. */
  find(cursor: string): Position | undefined {
    const position = this.#positions.get(cursor);
    if (position !== undefined) {
      this.#positions.delete(cursor);
      this.#positions.set(cursor, position);
    }
    return position;
  }
}
