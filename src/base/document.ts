// What the bytes of a value are: a JSON document or a plain string. The same answer on every door, on replay and on rebuild,
// because it depends on the bytes alone.
import { isUtf8 } from "node:buffer";
import { type JsonObject, scanObject } from "./json.ts";

export interface Classified {
  readonly kind: 0 | 1;
  /** Text where the bytes are UTF-8, else the bytes. */
  readonly body: string | Buffer;
  /** The members, for a document. */
  readonly object: JsonObject | null;
}

/** A strict JSON object without duplicate keys and not too deep is a document; anything else is a string. */
export function classify(bytes: Buffer): Classified {
  if (!isUtf8(bytes)) return { kind: 1, body: bytes, object: null };
  return classifyText(bytes.toString("utf8"));
}

export function classifyText(body: string): Classified {
  // A value that cannot start an object is not worth scanning.
  const first = body.charCodeAt(0);
  const maybe = first === 123 || first === 32 || first === 10 || first === 13 || first === 9;
  const object = maybe ? scanObject(body) : null;
  return { kind: object === null ? 1 : 0, body, object };
}

/** The JSON text of a stored body as the text doors show it, without the id: strings become `{"value":…}`. */
export function documentText(kind: number, body: string | Buffer): string {
  if (kind !== 1) return String(body);
  return typeof body === "string" ? `{"value":${JSON.stringify(body)}}` : `{"value":{"$base64":"${body.toString("base64")}"}}`;
}
