// The note of a commit: who, from where and why, as one line of JSON. With the commit's trailers and its tree it holds all of
// an entry: readNote and read-clone.ts give the entry back. Members stand in a fixed order and empty ones are left out, so a
// note is a pure function of its entry.
import { isoMicros } from "../base/clock.ts";
import { ChronError } from "../base/errors.ts";
import { compactJson, JsonProblem, memberText, parseObject } from "../base/json.ts";
import { joinKey, splitKey } from "../base/keys.ts";
import type { Effect, EntryHead } from "../log/entry.ts";
import { type DocumentEffect, isDocumentEffect } from "./effects.ts";
import { pathOf, placeOf } from "./layout.ts";

/** Document keys named by a note; a longer list is the tree's business. */
export const NAMED_MAXIMUM = 20;
/** Notes nest a door's own metadata once more, so they may be deeper than a document. */
const DEPTH_MAXIMUM = 1000;

/**
 * What the diff of a commit against its parent does not say of its effects. Left out where it does: up to NAMED_MAXIMUM
 * documents put or deleted, in the order of `document_ids`.
 */
export interface EffectsRecord {
  /** Documents that were put with the value they had, or deleted when they were not there, so that no diff shows them. */
  readonly unchanged?: readonly (readonly [table: string, id: string])[];
  /** Effects on tables and branches: definitions themselves are in the tree. */
  readonly others?: readonly OtherEffect[];
  /**
   * The order: numbers into (documents the diff shows by path, then `unchanged`, then `others`), as base64 of little-endian
   * numbers of `width` bytes. Left out when that is the order.
   */
  readonly order?: string;
  readonly width?: number;
}

export type OtherEffect =
  | { readonly op: "define" | "drop"; readonly table: string }
  | { readonly op: "branch"; readonly name: string; readonly head: number | null };

/** Whether `document_ids` alone tells the effects. */
export function idsSuffice(effects: readonly Effect[]): boolean {
  if (effects.length > NAMED_MAXIMUM) return false;
  return effects.every((effect) => isDocumentEffect(effect) && keyIsPlain(effect));
}

function keyIsPlain(effect: DocumentEffect): boolean {
  const key = splitKey(joinKey(effect.table, effect.id));
  return key.table === effect.table && key.id === effect.id;
}

/** The note's text. `record` is what `idsSuffice` says is needed. */
export function noteText(head: EntryHead, effects: readonly Effect[], record: EffectsRecord | null): string {
  const documents = effects.every(isDocumentEffect) ? effects : effects.filter(isDocumentEffect);
  let text = `{"tx_id":${quoted(head.txId)},"origin":${quoted(head.origin)}`;
  if (head.user !== "") text += `,"user":${quoted(head.user)}`;
  if (head.principal !== "") text += `,"principal":${quoted(head.principal)}`;
  text += `,"timestamp":"${timestamp(head.time)}"`;
  if (head.requestId !== "") text += `,"request_id":${quoted(head.requestId)}`;
  if (head.flags.length > 0) text += `,"flags":${JSON.stringify(head.flags)}`;
  text += `,"operation":${quoted(head.operation)},"branch":${quoted(head.branch)}`;
  text += `,"commit_message":${quoted(head.message)}`;
  const first = documents[0];
  const tables = effects.length === 1 && first !== undefined ? [first.table] : tablesOf(effects);
  if (tables.length > 0) text += `,"tables":[${tables.map(quoted).join(",")}]`;
  if (documents.length > 0) {
    const keys = documents.slice(0, NAMED_MAXIMUM).map((effect) => quoted(joinKey(effect.table, effect.id)));
    text += `,"document_ids":[${keys.join(",")}],"document_count":${documents.length}`;
  }
  if (documents.length === 1 && first !== undefined) {
    const path = pathOf(placeOf(first.table, first.id));
    text += `,"path":${JSON.stringify(path)},"document_id":${quoted(joinKey(first.table, first.id))}`;
  }
  text += `,"sequence":${head.sequence}`;
  if (head.metadata !== "") {
    text += isCompact(head.metadata) ? `,"metadata":${head.metadata}` : `,"metadata_text":${JSON.stringify(head.metadata)}`;
  }
  if (record !== null) text += `,"effects":${JSON.stringify(record)}`;
  return `${text}}\n`;
}

/** What JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A string as JSON has it. */
function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

let second = -1;
let secondText = "";

/** isoMicros, most of whose cost is the same for every entry of a second. */
function timestamp(micros: number): string {
  const whole = Math.floor(micros / 1_000_000);
  if (whole !== second) {
    second = whole;
    secondText = isoMicros(whole * 1_000_000).slice(0, 20);
  }
  return `${secondText}${String(micros - whole * 1_000_000).padStart(6, "0")}Z`;
}

function tablesOf(effects: readonly Effect[]): string[] {
  const tables = new Set<string>();
  for (const effect of effects) if (effect.op !== "branch") tables.add(effect.table);
  return [...tables];
}

/** Doors say the same again and again. */
const compact = new Map<string, boolean>();
const COMPACT_KEPT = 256;
const COMPACT_LENGTH = 256;

function isCompact(metadata: string): boolean {
  const known = compact.get(metadata);
  if (known !== undefined) return known;
  const answer = looksCompact(metadata);
  if (metadata.length <= COMPACT_LENGTH) {
    if (compact.size >= COMPACT_KEPT) compact.clear();
    compact.set(metadata, answer);
  }
  return answer;
}

function looksCompact(metadata: string): boolean {
  try {
    return compactJson(metadata) === metadata;
  } catch (thrown) {
    if (thrown instanceof JsonProblem) return false;
    throw thrown;
  }
}

/** What a note says: the head without sequence and time (the commit's trailers are exact), and how to find the effects. */
export interface ReadNote {
  readonly head: Omit<EntryHead, "sequence" | "time">;
  readonly keys: readonly string[];
  readonly documents: number;
  readonly record: EffectsRecord | null;
}

/** The inverse of noteText. Throws CORRUPT naming `where`. */
export function readNote(text: string, where: string): ReadNote {
  try {
    const object = parseObject(text, DEPTH_MAXIMUM);
    const member = <T>(name: string, missing: T): T => {
      const value = memberText(object, name);
      return value === undefined ? missing : (JSON.parse(value) as T);
    };
    return {
      head: {
        branch: member("branch", ""),
        txId: member("tx_id", ""),
        origin: member("origin", ""),
        user: member("user", ""),
        principal: member("principal", ""),
        requestId: member("request_id", ""),
        flags: member("flags", []),
        operation: member("operation", ""),
        message: member("commit_message", ""),
        metadata: memberText(object, "metadata") ?? member("metadata_text", ""),
      },
      keys: member("document_ids", []),
      documents: member("document_count", 0),
      record: member("effects", null),
    };
  } catch (thrown) {
    if (!(thrown instanceof JsonProblem)) throw thrown;
    throw new ChronError(
      "CORRUPT",
      `The note of ${where} is not one of ChronDB's: ${thrown.message}. Take a clone made before the damage.`,
    );
  }
}
