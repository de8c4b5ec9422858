// The text of commits, of documents and of notes, and its inverse. A commit is a pure function of its entry, its tree, its
// parent and the configured committer, so replaying a log gives the same hashes anywhere.
import type { EntryHead } from "../log/entry.ts";
import type { ObjectId } from "./objects.ts";

export interface Signature {
  readonly name: string;
  readonly email: string;
}

/** `Name <email>` as git takes it: no control characters, no angle brackets, and no empty name. */
export function identity(committer: Signature): string {
  const clean = (text: string): string =>
    text
      .toWellFormed()
      .replace(/[\u0000-\u001f<>\u007f]/g, "")
      .trim();
  return `${clean(committer.name) || "ChronDB"} <${clean(committer.email)}>`;
}

/** The message as git can carry it; the note has it exactly. A commit without a first line would show our trailers there. */
function visible(message: string, operation: string): string {
  const text = message.replaceAll("\0", "\ufffd").toWellFormed();
  return text.trim() === "" ? operation.replaceAll("\0", "\ufffd").toWellFormed() || "(no message)" : text;
}

function commitText(tree: ObjectId, parent: ObjectId | null, who: string, micros: number, message: string): string {
  const stamp = `${who} ${Math.floor(micros / 1_000_000)} +0000`;
  return `tree ${tree}\n${parent === null ? "" : `parent ${parent}\n`}author ${stamp}\ncommitter ${stamp}\n\n${message}`;
}

/** The commit of an entry. `noteHash` is the SHA-256 of its note's bytes, in hex. */
export function entryCommit(head: EntryHead, tree: ObjectId, parent: ObjectId | null, who: string, noteHash: string): string {
  const trailers = `ChronDB-Sequence: ${head.sequence}\nChronDB-Time: ${head.time}\nChronDB-Note: ${noteHash}\n`;
  return commitText(tree, parent, who, head.time, `${visible(head.message, head.operation)}\n\n${trailers}`);
}

/** The commit of a batch of notes, up to the commit `head` of entry `last`. */
export function notesCommit(
  tree: ObjectId,
  parent: ObjectId | null,
  who: string,
  first: number,
  last: { sequence: number; time: number },
  head: ObjectId,
): string {
  const trailers = `ChronDB-Sequence: ${last.sequence}\nChronDB-Time: ${last.time}\nChronDB-Head: ${head}\n`;
  return commitText(tree, parent, who, last.time, `Notes of ${first} to ${last.sequence}\n\n${trailers}`);
}

export interface ReadCommit {
  readonly tree: ObjectId;
  readonly parents: readonly ObjectId[];
  readonly message: string;
}

/** Null when the content is no commit. */
export function readCommit(content: Buffer): ReadCommit | null {
  const text = content.toString("utf8");
  const end = text.indexOf("\n\n");
  const header = end < 0 ? text : text.slice(0, end);
  const tree = /^tree ([0-9a-f]{40})$/m.exec(header)?.[1];
  if (tree === undefined) return null;
  const parents = [...header.matchAll(/^parent ([0-9a-f]{40})$/gm)].map((match) => match[1] as string);
  return { tree, parents, message: end < 0 ? "" : text.slice(end + 2) };
}

export interface EntryTrailers {
  readonly sequence: number;
  readonly time: number;
  readonly noteHash: string;
}

// Anchored at the end: whatever a message says above, the last lines are ours.
const ENTRY = /\n\nChronDB-Sequence: (\d{1,16})\nChronDB-Time: (\d{1,16})\nChronDB-Note: ([0-9a-f]{64})\n*$/;
const NOTES = /\n\nChronDB-Sequence: (\d{1,16})\nChronDB-Time: (\d{1,16})\nChronDB-Head: ([0-9a-f]{40})\n*$/;

/** Null when the commit is not one that ChronDB made of an entry. */
export function entryTrailers(message: string): EntryTrailers | null {
  const match = ENTRY.exec(message);
  return match === null ? null : { sequence: Number(match[1]), time: Number(match[2]), noteHash: match[3] ?? "" };
}

export function notesTrailers(message: string): { sequence: number; time: number; head: ObjectId } | null {
  const match = NOTES.exec(message);
  return match === null ? null : { sequence: Number(match[1]), time: Number(match[2]), head: match[3] ?? "" };
}
