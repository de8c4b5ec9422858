// Values that string commands see: a string's own bytes, a document's text.
import { isUtf8 } from "node:buffer";
import type { DocumentKey } from "../../../base/keys.ts";
import type { ReadView } from "../../../core/contract.ts";
import { KIND } from "../../../log/entry.ts";
import type { Version } from "../../../state/store.ts";
import { wrongType } from "../refusals.ts";

/** The version at a key for a string command. Throws WRONGTYPE on a hash. */
export function stringAt(view: ReadView, { table, id }: DocumentKey): Version | undefined {
  const version = view.get(table, id);
  if (version !== undefined && version.kind === KIND.hash) throw wrongType();
  return version;
}

/** Bytes as the core takes them: text where they are UTF-8 (so that a JSON object is a document), else the bytes. */
export function bodyOf(bytes: Buffer): string | Buffer {
  // The bytes share memory with what the socket delivered, and may be kept for long.
  return isUtf8(bytes) ? bytes.toString("utf8") : Buffer.from(bytes);
}

export function bytesOf(body: string | Buffer): Buffer {
  return typeof body === "string" ? Buffer.from(body, "utf8") : body;
}

export function byteLength(body: string | Buffer): number {
  return typeof body === "string" ? Buffer.byteLength(body) : body.length;
}
