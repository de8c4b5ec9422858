// Cuts a stream of bytes into lines, holding at most one unfinished line of bounded length.

export interface Line {
  /** 1-based. */
  readonly number: number;
  /** Without its line end; null when the line was over the limit and was skipped. */
  readonly bytes: Buffer | null;
}

const NEWLINE = 10;
const RETURN = 13;

export class LineSplitter {
  readonly #maximum: number;
  #parts: Buffer[] = [];
  #length = 0;
  #number = 1;

  constructor(maximumBytes: number) {
    this.#maximum = maximumBytes;
  }

  /** The lines that this chunk ends; blank ones are dropped but counted. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#hold(chunk.subarray(from, end));
      this.#take(lines);
      from = end + 1;
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
    return lines;
  }

  /** The last line, when the stream did not end with a line end. */
  end(): Line[] {
    const lines: Line[] = [];
    if (this.#length > 0) this.#take(lines);
    return lines;
  }

  #hold(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length <= this.#maximum) this.#parts.push(piece);
    else this.#parts = [];
  }

  #take(lines: Line[]): void {
    const number = this.#number++;
    const length = this.#length;
    const [first] = this.#parts;
    const whole = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    if (length > this.#maximum) lines.push({ number, bytes: null });
    else {
      const bytes = whole[whole.length - 1] === RETURN ? whole.subarray(0, -1) : whole;
      if (bytes.length > 0) lines.push({ number, bytes });
    }
  }
}
