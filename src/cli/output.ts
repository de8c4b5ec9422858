// Writing to standard output without holding more than the reader has room for.
import { once } from "node:events";
import type { Writable } from "node:stream";

export async function drained(stream: Writable): Promise<void> {
  await once(stream, "drain");
}

export async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await drained(stream);
}
