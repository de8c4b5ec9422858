// The order of an entry's effects as numbers (see EffectsRecord in note.ts).

/** Writes numbers below `count` with as few bytes each as they need; null when they are 0, 1, 2, … */
export function encodeOrder(numbers: readonly number[]): { order: string; width: number } | null {
  if (numbers.every((number, at) => number === at)) return null;
  const width = numbers.length <= 0x100 ? 1 : numbers.length <= 0x10000 ? 2 : numbers.length <= 0x1000000 ? 3 : 4;
  const bytes = Buffer.allocUnsafe(numbers.length * width);
  for (let i = 0; i < numbers.length; i++) bytes.writeUIntLE(numbers[i] as number, i * width, width);
  return { order: bytes.toString("base64"), width };
}

/** Puts `items` into the order; null when it is not a permutation of them. */
export function applyOrder<T>(items: readonly T[], order: string | undefined, width: number): T[] | null {
  if (order === undefined) return [...items];
  if (width < 1 || width > 4) return null;
  const bytes = Buffer.from(order, "base64");
  if (bytes.length !== items.length * width) return null;
  const seen = new Set<number>();
  const ordered: T[] = [];
  for (let i = 0; i < items.length; i++) {
    const number = bytes.readUIntLE(i * width, width);
    if (number >= items.length || seen.has(number)) return null;
    seen.add(number);
    ordered.push(items[number] as T);
  }
  return ordered;
}
