// Which entries share a commit of notes. The rule depends on the log alone, so a replay anywhere cuts the same batches and
// arrives at the same hashes: a batch ends before an entry when it is full, or when the entry is more than the window later
// than the batch's first. "Nothing was written since" counts as the same thing, because every later entry will be later.

export const BATCH_ENTRIES = 1_000;
export const BATCH_WINDOW_MICROS = 100_000;
/** Bytes of documents in one batch: what has to lie in memory together. */
export const BATCH_BYTES = 32 * 1024 * 1024;

export interface BatchItem {
  readonly head: { readonly sequence: number; readonly time: number };
  readonly bytes: number;
}

export class Batcher<Item extends BatchItem> {
  #open: Item[] = [];
  #bytes = 0;

  /** Sequence of the first entry waiting; undefined when none is. */
  get first(): number | undefined {
    return this.#open[0]?.head.sequence;
  }

  /** Time (microseconds) after which the open batch is ended by silence; undefined when nothing is waiting. */
  get sealsAfter(): number | undefined {
    const first = this.#open[0];
    return first === undefined ? undefined : first.head.time + BATCH_WINDOW_MICROS;
  }

  /** Takes an entry; answers the batch that ends before it, if one does. */
  add(item: Item): readonly Item[] | null {
    const first = this.#open[0];
    const ends =
      first !== undefined &&
      (this.#open.length >= BATCH_ENTRIES ||
        this.#bytes >= BATCH_BYTES ||
        item.head.time - first.head.time > BATCH_WINDOW_MICROS);
    const sealed = ends ? this.seal() : null;
    this.#open.push(item);
    this.#bytes += item.bytes;
    return sealed;
  }

  /** The open batch, if it is certain that every later entry will fall outside it: they will be later than `micros`. */
  idle(micros: number): readonly Item[] | null {
    const after = this.sealsAfter;
    return after !== undefined && micros > after ? this.seal() : null;
  }

  /** The open batch, whatever its age. */
  seal(): readonly Item[] {
    const sealed = this.#open;
    this.#open = [];
    this.#bytes = 0;
    return sealed;
  }
}
