// What a command answers: a value, not bytes. resp/writer.ts turns it into RESP2 or RESP3, so commands never ask which.

export type Reply =
  | { readonly type: "simple"; readonly text: string }
  /** `text` begins with the error's word: `ERR …`, `WRONGTYPE …`. */
  | { readonly type: "error"; readonly text: string }
  | { readonly type: "integer"; readonly value: number | bigint }
  | { readonly type: "bulk"; readonly value: string | Buffer }
  /** RESP2: a null bulk; RESP3: null. */
  | { readonly type: "null" }
  /** RESP2: a null array (an aborted EXEC); RESP3: null. */
  | { readonly type: "null-array" }
  | { readonly type: "array"; readonly items: readonly Reply[] }
  /** Keys and values in turn. RESP2: a flat array. */
  | { readonly type: "map"; readonly items: readonly Reply[] }
  | { readonly type: "set"; readonly items: readonly Reply[] }
  /** RESP2: a bulk string. */
  | { readonly type: "verbatim"; readonly text: string }
  /** Nothing at all: CLIENT REPLY OFF and SKIP. */
  | { readonly type: "none" };

export type ErrorReply = Extract<Reply, { type: "error" }>;

export const OK: Reply = { type: "simple", text: "OK" };
export const QUEUED: Reply = { type: "simple", text: "QUEUED" };
export const PONG: Reply = { type: "simple", text: "PONG" };
export const NULL: Reply = { type: "null" };
export const NULL_ARRAY: Reply = { type: "null-array" };
export const NONE: Reply = { type: "none" };
export const EMPTY_ARRAY: Reply = { type: "array", items: [] };
export const EMPTY_MAP: Reply = { type: "map", items: [] };

const SMALL: readonly Reply[] = Array.from({ length: 1024 }, (_, value) => ({ type: "integer", value }) as const);

export function integer(value: number | bigint): Reply {
  return (typeof value === "number" ? SMALL[value] : undefined) ?? { type: "integer", value };
}

export const ZERO = integer(0);
export const ONE = integer(1);

export function bulk(value: string | Buffer): Reply {
  return { type: "bulk", value };
}

export function bulkOrNull(value: string | Buffer | undefined): Reply {
  return value === undefined ? NULL : { type: "bulk", value };
}

export function array(items: readonly Reply[]): Reply {
  return { type: "array", items };
}

export function bulks(values: readonly (string | Buffer)[]): Reply {
  return { type: "array", items: values.map(bulk) };
}

/** Pairs as keys and values in turn. */
export function map(items: readonly Reply[]): Reply {
  return { type: "map", items };
}

export function simple(text: string): Reply {
  return { type: "simple", text };
}

export function error(text: string): ErrorReply {
  return { type: "error", text };
}
