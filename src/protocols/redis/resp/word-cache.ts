// Text of byte strings that come again and again: names of commands, of tables. Making a string of bytes costs a call into the
// engine, and a new string must be hashed to be looked up; the one made before costs a comparison.

/** Places; each word has one, and a newcomer takes it over. */
const PLACES = 256;
const LONGEST = 32;

interface Word {
  readonly bytes: Uint8Array;
  readonly text: string;
}

export class WordCache {
  readonly #words = new Array<Word | undefined>(PLACES).fill(undefined);

  /** Bytes `from` to `to` as Latin-1. */
  text(buffer: Buffer, from: number, to: number): string {
    const length = to - from;
    if (length === 0 || length > LONGEST) return buffer.toString("latin1", from, to);
    const place =
      (length * 31 + (buffer[from] ?? 0) * 7 + (buffer[to - 1] ?? 0) * 13 + (buffer[from + (length >> 1)] ?? 0)) % PLACES;
    const word = this.#words[place];
    if (word !== undefined && word.bytes.length === length) {
      const { bytes } = word;
      let at = 0;
      while (at < length && bytes[at] === buffer[from + at]) at++;
      if (at === length) return word.text;
    }
    const text = buffer.toString("latin1", from, to);
    this.#words[place] = { bytes: Uint8Array.prototype.slice.call(buffer, from, to), text };
    return text;
  }
}
