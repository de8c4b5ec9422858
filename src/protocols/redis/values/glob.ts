// Redis's glob patterns over bytes: * ? [abc] [^a-z] and \ before a literal. Only the last star is ever tried again, so a
// hostile pattern costs pattern × key at most.

const STAR = 42;
const QUESTION = 63;
const OPEN = 91;
const CLOSE = 93;
const CARET = 94;
const DASH = 45;
const BACKSLASH = 92;

/** One pattern element that takes one byte: where it ends, and whether `byte` fits. */
function matchOne(pattern: Buffer, at: number, byte: number, fold: boolean): { next: number; fits: boolean } {
  const same = (code: number): boolean => (fold ? lower(code) === lower(byte) : code === byte);
  const first = pattern[at] ?? 0;
  if (first === QUESTION) return { next: at + 1, fits: true };
  if (first === BACKSLASH && at + 1 < pattern.length) return { next: at + 2, fits: same(pattern[at + 1] ?? 0) };
  if (first !== OPEN) return { next: at + 1, fits: same(first) };
  let next = at + 1;
  const negated = pattern[next] === CARET;
  if (negated) next++;
  let fits = false;
  for (;;) {
    const code = pattern[next];
    // An unclosed class ends with the pattern.
    if (code === undefined) break;
    if (code === BACKSLASH && next + 1 < pattern.length) {
      if (same(pattern[next + 1] ?? 0)) fits = true;
      next += 2;
    } else if (code === CLOSE) {
      next++;
      break;
    } else if (pattern[next + 1] === DASH && next + 2 < pattern.length) {
      const ends = [code, pattern[next + 2] ?? 0].map((end) => (fold ? lower(end) : end));
      const value = fold ? lower(byte) : byte;
      if (value >= Math.min(...ends) && value <= Math.max(...ends)) fits = true;
      next += 3;
    } else {
      if (same(code)) fits = true;
      next++;
    }
  }
  return { next, fits: fits !== negated };
}

function lower(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

export function globMatches(pattern: Buffer, value: Buffer, fold = false): boolean {
  let p = 0;
  let v = 0;
  let starAt = -1;
  let starValue = 0;
  while (v < value.length) {
    if (pattern[p] === STAR) {
      starAt = p++;
      starValue = v;
      continue;
    }
    if (p < pattern.length) {
      const { next, fits } = matchOne(pattern, p, value[v] ?? 0, fold);
      if (fits) {
        p = next;
        v++;
        continue;
      }
    }
    if (starAt < 0) return false;
    p = starAt + 1;
    v = ++starValue;
  }
  while (pattern[p] === STAR) p++;
  return p >= pattern.length;
}

/** The bytes every match begins with. */
export function globPrefix(pattern: Buffer): Buffer {
  const end = pattern.findIndex((byte) => byte === STAR || byte === QUESTION || byte === OPEN || byte === BACKSLASH);
  return end < 0 ? pattern : pattern.subarray(0, end);
}
