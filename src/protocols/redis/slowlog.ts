// The slow log: commands whose own work took long, without their values (which may be secrets): name, first key, count.

export interface SlowEntry {
  readonly id: number;
  /** Seconds since 1970. */
  readonly at: number;
  readonly micros: number;
  readonly words: readonly string[];
  readonly address: string;
  readonly client: string;
}

export class Slowlog {
  readonly #limit: number;
  #entries: SlowEntry[] = [];
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(entry: Omit<SlowEntry, "id">): void {
    this.#entries.unshift({ id: this.#next++, ...entry });
    if (this.#entries.length > this.#limit) this.#entries.pop();
  }

  /** Newest first. */
  newest(count: number): readonly SlowEntry[] {
    return this.#entries.slice(0, count);
  }

  get length(): number {
    return this.#entries.length;
  }

  reset(): void {
    this.#entries = [];
  }
}
