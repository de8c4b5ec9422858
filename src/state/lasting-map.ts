// An immutable map whose change costs a microsecond or two whatever its size: keys are spread over 64 x 64 small maps, and a change
// copies one of them and the two rows of pointers that lead to it. The catalogue is one: redis-like key prefixes can make tens
// of thousands of tables, one at a time, and each change makes a new catalogue.

type Bucket<V> = ReadonlyMap<string, V>;
type Row<V> = readonly (Bucket<V> | undefined)[];

const FANOUT = 64;

export class LastingMap<V> implements ReadonlyMap<string, V> {
  readonly size: number;
  readonly #rows: readonly (Row<V> | undefined)[];

  private constructor(rows: readonly (Row<V> | undefined)[], size: number) {
    this.#rows = rows;
    this.size = size;
  }

  static of<V>(entries: Iterable<readonly [string, V]>): LastingMap<V> {
    const rows: Map<string, V>[][] = [];
    let size = 0;
    for (const [key, value] of entries) {
      const place = hash(key);
      const row = (rows[place & (FANOUT - 1)] ??= []);
      const bucket = (row[(place >>> 6) & (FANOUT - 1)] ??= new Map());
      if (!bucket.has(key)) size++;
      bucket.set(key, value);
    }
    return new LastingMap(rows, size);
  }

  /** This map with `key` set to `value`, or (null) removed. */
  with(key: string, value: V | null): LastingMap<V> {
    const place = hash(key);
    const rows = this.#rows.slice();
    const row = rows[place & (FANOUT - 1)]?.slice() ?? [];
    const bucket = new Map(row[(place >>> 6) & (FANOUT - 1)]);
    const before = bucket.size;
    if (value === null) bucket.delete(key);
    else bucket.set(key, value);
    row[(place >>> 6) & (FANOUT - 1)] = bucket;
    rows[place & (FANOUT - 1)] = row;
    return new LastingMap(rows, this.size + bucket.size - before);
  }

  get(key: string): V | undefined {
    const place = hash(key);
    return this.#rows[place & (FANOUT - 1)]?.[(place >>> 6) & (FANOUT - 1)]?.get(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  *entries(): MapIterator<[string, V]> {
    for (const row of this.#rows) {
      if (row === undefined) continue;
      for (const bucket of row) if (bucket !== undefined) yield* bucket;
    }
  }

  *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  forEach(callback: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }
}

/** FNV-1a over UTF-16 units, its high bits folded into the low ones that are used. */
function hash(key: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) value = Math.imul(value ^ key.charCodeAt(at), 0x01000193);
  return value ^ (value >>> 15);
}
