// Work over many items in slices of a few milliseconds, so that other requests have their turn in between.
import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../base/clock.ts";

const SLICE_MS = 4;
/** Items between two looks at the clock. */
const LOOK = 16;

export async function mapSliced<A, B>(clock: Clock, items: Iterable<A>, map: (item: A, index: number) => B): Promise<B[]> {
  const mapped: B[] = [];
  let since = clock.elapsed();
  for (const item of items) {
    mapped.push(map(item, mapped.length));
    if (mapped.length % LOOK === 0 && clock.elapsed() - since > SLICE_MS) {
      await turn();
      since = clock.elapsed();
    }
  }
  return mapped;
}
