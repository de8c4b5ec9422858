// Replies from bytes, for tests: plain values that compare well. Bulk strings become text where they are ASCII, else Buffers
// as {hex}; errors are {error}, statuses {status}, maps {map: [key, value, …]}.

export type Value =
  | null
  | number
  | string
  | { readonly hex: string }
  | { readonly error: string }
  | { readonly status: string }
  | { readonly map: readonly Value[] }
  | { readonly set: readonly Value[] }
  | { readonly verbatim: string }
  | { readonly big: string }
  | readonly Value[];

export interface Parsed {
  readonly value: Value;
  readonly next: number;
}

/** The reply at `at`; undefined when it is not all here. Throws on what is no reply. */
export function parseReply(buffer: Buffer, at: number): Parsed | undefined {
  const end = buffer.indexOf("\r\n", at);
  if (end < 0) return undefined;
  const sign = String.fromCharCode(buffer[at] ?? 0);
  const line = buffer.toString("utf8", at + 1, end);
  const next = end + 2;
  switch (sign) {
    case "+":
      return { value: { status: line }, next };
    case "-":
      return { value: { error: line }, next };
    case ":":
      return { value: Number.isSafeInteger(Number(line)) ? Number(line) : { big: line }, next };
    case "_":
      return { value: null, next };
    case "$":
    case "=": {
      const length = Number(line);
      if (length < 0) return { value: null, next };
      if (buffer.length < next + length + 2) return undefined;
      const bytes = buffer.subarray(next, next + length);
      const text = bytes.toString("latin1");
      if (buffer.toString("latin1", next + length, next + length + 2) !== "\r\n")
        throw new Error("A bulk does not end with CR LF");
      const value = sign === "=" ? { verbatim: text } : /^[\x00-\x7f]*$/.test(text) ? text : { hex: bytes.toString("hex") };
      return { value, next: next + length + 2 };
    }
    case "*":
    case "~":
    case "%": {
      const count = Number(line) * (sign === "%" ? 2 : 1);
      if (count < 0) return { value: null, next };
      const items: Value[] = [];
      let from = next;
      for (let index = 0; index < count; index++) {
        const item = parseReply(buffer, from);
        if (item === undefined) return undefined;
        items.push(item.value);
        from = item.next;
      }
      return { value: sign === "%" ? { map: items } : sign === "~" ? { set: items } : items, next: from };
    }
    default:
      throw new Error(`No reply begins with ${JSON.stringify(sign)}: ${buffer.toString("latin1", at, at + 80)}`);
  }
}
