// Sorting object numbers by a 32-bit key: three passes over 11 bits each. Comparing sorts take several times as long, and an
// index is sorted for every pack that is written or merged.

const BITS = 11;
const BUCKETS = 1 << BITS;

/** The numbers of `keys` (0, 1, 2 …) in ascending order of their keys; equal keys keep their order. */
export function orderByKey(keys: Uint32Array): Uint32Array {
  const { length } = keys;
  let order = new Uint32Array(length);
  let next = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  const counts = new Uint32Array(BUCKETS);
  for (let shift = 0; shift < 32; shift += BITS) {
    counts.fill(0);
    for (let i = 0; i < length; i++) {
      const bucket = ((keys[i] as number) >>> shift) & (BUCKETS - 1);
      counts[bucket] = (counts[bucket] as number) + 1;
    }
    let start = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = counts[bucket] as number;
      counts[bucket] = start;
      start += count;
    }
    for (let i = 0; i < length; i++) {
      const number = order[i] as number;
      const bucket = ((keys[number] as number) >>> shift) & (BUCKETS - 1);
      const at = counts[bucket] as number;
      counts[bucket] = at + 1;
      next[at] = number;
    }
    [order, next] = [next, order];
  }
  return order;
}
