// Inline requests: a line of words, as typed into telnet. Quoting is Redis's: "a\x41\n" with escapes, 'a\'b' with one.

const SPACE = 32;
const DOUBLE = 34;
const SINGLE = 39;
const BACKSLASH = 92;

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || (byte !== undefined && byte >= 9 && byte <= 13);
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, a: 7 };

/** The words of a line without its line break; undefined when its quotes are unbalanced. */
export function splitInline(line: Buffer): Buffer[] | undefined {
  const words: Buffer[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(line[at])) at++;
    if (at >= line.length) return words;
    const word: number[] = [];
    let quote = 0;
    for (;;) {
      const byte = line[at];
      if (quote !== 0) {
        if (byte === undefined) return undefined;
        if (byte === quote) {
          // A closing quote must end the word.
          if (at + 1 < line.length && !isSpace(line[at + 1])) return undefined;
          at++;
          break;
        }
        const next = line[at + 1];
        if (quote === DOUBLE && byte === BACKSLASH && next !== undefined) {
          const hex = /^\\x([0-9a-fA-F]{2})/.exec(line.toString("latin1", at, at + 4))?.[1];
          if (hex !== undefined) {
            word.push(Number.parseInt(hex, 16));
            at += 4;
          } else {
            word.push(ESCAPES[String.fromCharCode(next)] ?? next);
            at += 2;
          }
          continue;
        }
        if (quote === SINGLE && byte === BACKSLASH && next === SINGLE) {
          word.push(SINGLE);
          at += 2;
          continue;
        }
        word.push(byte);
        at++;
        continue;
      }
      if (byte === undefined || isSpace(byte) || byte === 0) {
        at++;
        break;
      }
      if (byte === DOUBLE || byte === SINGLE) quote = byte;
      else word.push(byte);
      at++;
    }
    words.push(Buffer.from(word));
  }
}
