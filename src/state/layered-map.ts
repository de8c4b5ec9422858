// An immutable map whose change costs little whatever its size: a large shared base and a small layer of changes over it, merged
// when the layer has grown. The catalogue is one: redis-like key prefixes can make tens of thousands of tables, one at a time,
// and each change makes a new catalogue.

/** A change of the layer: null = removed. */
type Layer<V> = ReadonlyMap<string, V | null>;

const LAYER_MINIMUM = 32;

export class LayeredMap<V> implements ReadonlyMap<string, V> {
  readonly size: number;
  readonly #base: ReadonlyMap<string, V>;
  readonly #layer: Layer<V>;

  private constructor(base: ReadonlyMap<string, V>, layer: Layer<V>, size: number) {
    this.#base = base;
    this.#layer = layer;
    this.size = size;
  }

  static of<V>(entries: Iterable<readonly [string, V]>): LayeredMap<V> {
    const base = new Map(entries);
    return new LayeredMap(base, new Map(), base.size);
  }

  /** This map with `key` set to `value`, or (null) removed. */
  with(key: string, value: V | null): LayeredMap<V> {
    const size = this.size + (value === null ? 0 : 1) - (this.has(key) ? 1 : 0);
    const layer = new Map(this.#layer).set(key, value);
    // A layer of about the square root of the base keeps both the copying of layers and the merging cheap.
    if (layer.size <= LAYER_MINIMUM || layer.size * layer.size <= this.#base.size) return new LayeredMap(this.#base, layer, size);
    const base = new Map(this.#base);
    for (const [name, changed] of layer) {
      if (changed === null) base.delete(name);
      else base.set(name, changed);
    }
    return new LayeredMap(base, new Map(), size);
  }

  get(key: string): V | undefined {
    const changed = this.#layer.get(key);
    return changed === undefined ? this.#base.get(key) : (changed ?? undefined);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  *entries(): MapIterator<[string, V]> {
    for (const [key, value] of this.#base) {
      const changed = this.#layer.get(key);
      if (changed === undefined) yield [key, value];
      else if (changed !== null) yield [key, changed];
    }
    for (const [key, changed] of this.#layer) if (changed !== null && !this.#base.has(key)) yield [key, changed];
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
