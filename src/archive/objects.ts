// Git objects as bytes: their types, their names (SHA-1 of "type length\0content") and the scratch space they are built in.
// Content is always kept HEAD_ROOM bytes into its buffer, so that the header goes in front of it and both are hashed in one
// call: a second buffer or a streaming hash costs more than the hashing itself at these sizes.
import crypto from "node:crypto";

/** 40 lower-case hex digits. */
export type ObjectId = string;

export type ObjectType = "commit" | "tree" | "blob" | "tag";

/** Type numbers of pack entries. */
export const PACK_TYPE = { commit: 1, tree: 2, blob: 3, tag: 4, offsetDelta: 6, referenceDelta: 7 } as const;

export const TYPE_OF_NUMBER: Readonly<Record<number, ObjectType>> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };

/** Room for the longest header, "commit 4294967295\0". */
export const HEAD_ROOM = 24;

export const OBJECT_ID = /^[0-9a-f]{40}$/;

/** Values of the hex digits by character code. */
const DIGITS = new Uint8Array(128);
for (let digit = 0; digit < 16; digit++) DIGITS[digit.toString(16).charCodeAt(0)] = digit;

/** Writes a name's 20 bytes. For so few, a loop is quicker than a call into Node. */
export function idInto(id: ObjectId, target: Uint8Array, at: number): void {
  for (let i = 0; i < 20; i++) {
    target[at + i] = ((DIGITS[id.charCodeAt(i * 2)] as number) << 4) | (DIGITS[id.charCodeAt(i * 2 + 1)] as number);
  }
}

/** The name of the object whose content is `length` bytes at HEAD_ROOM. Overwrites the room in front. */
export function hashObject(type: ObjectType, buffer: Buffer, length: number): ObjectId {
  const header = `${type} ${length}\0`;
  const start = HEAD_ROOM - header.length;
  for (let i = 0; i < header.length; i++) buffer[start + i] = header.charCodeAt(i);
  return crypto.hash("sha1", buffer.subarray(start, HEAD_ROOM + length), "hex");
}

/** The name of an object that lies in a buffer of its own. */
export function hashContent(type: ObjectType, content: Buffer): ObjectId {
  return crypto.createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest("hex");
}

/** A reused buffer to build one object in. */
export class Scratch {
  buffer = Buffer.allocUnsafeSlow(64 * 1024);
  length = 0;

  text(text: string): this {
    this.#room(text.length * 3);
    this.length = this.buffer.write(text, HEAD_ROOM, "utf8");
    return this;
  }

  bytes(bytes: Buffer): this {
    this.#room(bytes.length);
    this.length = bytes.copy(this.buffer, HEAD_ROOM);
    return this;
  }

  hash(type: ObjectType): ObjectId {
    return hashObject(type, this.buffer, this.length);
  }

  #room(length: number): void {
    // One huge document must not keep its buffer for ever.
    const wanted = HEAD_ROOM + length;
    if (wanted > this.buffer.length) this.buffer = Buffer.allocUnsafeSlow(wanted * 2);
    else if (this.buffer.length > 8 * 1024 * 1024 && wanted < 64 * 1024) this.buffer = Buffer.allocUnsafeSlow(64 * 1024);
  }
}
