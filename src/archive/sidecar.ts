// `<name>.meta`: what the bytes of a document and its file name do not say. Most documents have none.
import { classify, classifyText } from "../base/document.ts";
import { joinKey } from "../base/keys.ts";
import { KIND, type Kind, type PutEffect } from "../log/entry.ts";

const TYPES = ["document", "string", "hash"] as const;

export interface Sidecar {
  /** Only when it is not what classify() tells from the bytes. */
  readonly type?: (typeof TYPES)[number];
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
  /** The full key, only when the file name does not tell it. */
  readonly key?: string;
}

/** The kind the bytes alone speak of. */
export function apparentKind(body: string | Buffer): Kind {
  return typeof body === "string" ? classifyText(body).kind : classify(body).kind;
}

/** The sidecar's text; null when the document needs none. */
export function sidecarText(effect: PutEffect, longName: boolean): string | null {
  // Bytes never speak of a hash, so those of one need no look.
  const plain = effect.kind !== KIND.hash && effect.kind === apparentKind(effect.body);
  if (plain && effect.expiresAt === 0 && !longName) return null;
  const sidecar: Sidecar = {
    ...(plain ? {} : { type: TYPES[effect.kind] }),
    ...(effect.expiresAt === 0 ? {} : { expiresAt: effect.expiresAt }),
    ...(longName ? { key: joinKey(effect.table, effect.id) } : {}),
  };
  return JSON.stringify(sidecar);
}

export function kindOf(sidecar: Sidecar, body: string | Buffer): Kind {
  return sidecar.type === undefined ? apparentKind(body) : KIND[sidecar.type];
}

/** The id of a full key whose table is known (a key alone may be read in two ways). */
export function idOfKey(table: string, key: string): string {
  const prefix = joinKey(table, "");
  return prefix === "" ? key : key.slice(prefix.length);
}
