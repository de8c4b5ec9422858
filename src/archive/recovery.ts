// What a start finds, whole or cut off, made whole: see publication.ts for the order that makes it possible.
import path from "node:path";
import { ChronError } from "../base/errors.ts";
import type { Files } from "../base/files.ts";
import type { Tips } from "./builder.ts";
import { CommitMap, commitRecords } from "./commit-map.ts";
import { entryTrailers, notesTrailers, type ReadCommit, readCommit } from "./commit-text.ts";
import { readCursor } from "./cursor.ts";
import type { ObjectId } from "./objects.ts";
import type { PackReader } from "./pack-reader.ts";
import { archivePaths, headRef, NOTES_REF } from "./paths.ts";
import { readRef, removeStaleLock, writeRef } from "./refs.ts";

export interface Recovered {
  readonly tips: Tips;
  /** The last entry that is published. */
  readonly sequence: number;
  readonly map: CommitMap;
}

/** Makes the repository consistent and answers where to go on. Throws CORRUPT where git's part is damaged. */
export function recover(files: Files, repository: string, branch: string, reader: PackReader): Recovered {
  const paths = archivePaths(repository);
  for (const name of files.list(paths.temporary)) files.unlink(path.join(paths.temporary, name));
  for (const ref of [headRef(branch), NOTES_REF]) removeStaleLock(files, repository, ref);

  const notes = readRef(files, repository, NOTES_REF);
  dropUnpublished(files, repository, notes, reader);
  const notesRead = notes === null ? null : commitOf(reader, notes, NOTES_REF);
  const promised = notesRead === null ? null : notesTrailers(notesRead.message);
  if (notesRead !== null && promised === null) {
    throw new ChronError(
      "CORRUPT",
      `${NOTES_REF} of ${repository} was moved by somebody else: its commit ${notes} is none of ChronDB's. Restore the ref from a clone.`,
    );
  }
  let head = readRef(files, repository, headRef(branch));
  if (promised !== null && head !== promised.head) {
    advanceHead(files, repository, branch, head, promised.head, reader);
    head = promised.head;
  }
  if (head === null) return { tips: { head: null, notes: null }, ...atStart(files, repository) };
  const headRead = commitOf(reader, head, headRef(branch));
  const trailers = entryTrailers(headRead.message);
  if (trailers === null || notes === null || notesRead === null) {
    throw new ChronError(
      "CORRUPT",
      `${headRef(branch)} of ${repository} was moved by somebody else: its commit ${head} is none of ChronDB's. Restore the ref from a clone.`,
    );
  }
  const map = new CommitMap(files, paths.commitMap, "write");
  const sequence = Math.max(trailers.sequence, readCursor(files, paths.cursor, head));
  if (map.get(trailers.sequence) !== head) rebuildMap(map, reader, head, trailers.sequence);
  if (map.length < sequence) map.write(trailers.sequence, commitRecords(trailers.sequence, sequence, []));
  map.truncate(sequence);
  return {
    tips: { head: { commit: head, tree: headRead.tree }, notes: { commit: notes, tree: notesRead.tree } },
    sequence,
    map,
  };
}

function atStart(files: Files, repository: string): { sequence: number; map: CommitMap } {
  const paths = archivePaths(repository);
  const map = new CommitMap(files, paths.commitMap, "write");
  const sequence = readCursor(files, paths.cursor, "");
  map.truncate(sequence);
  return { sequence, map };
}

function commitOf(reader: PackReader, id: ObjectId, ref: string): ReadCommit {
  const commit = readCommit(reader.read(id, "commit").content);
  if (commit === null)
    throw new ChronError("CORRUPT", `The commit ${id} of ${ref} is malformed; restore the repository from a clone.`);
  return commit;
}

/** Deletes a pack whose publication did not get as far as the notes: it will be written again, and must not be there twice. */
function dropUnpublished(files: Files, repository: string, notes: ObjectId | null, reader: PackReader): void {
  const paths = archivePaths(repository);
  const name = files.readFile(paths.publishing)?.toString("latin1").trim();
  if (name === undefined || !/^pack-[0-9a-f]{40}$/.test(name)) return;
  const pack = reader.packs.find((candidate) => candidate.name === name);
  if (notes !== null && pack !== undefined && pack.index.find(notes) >= 0) return;
  let gone = false;
  for (const extension of ["idx", "pack"]) {
    const file = path.join(paths.packs, `${name}.${extension}`);
    if (files.stat(file) === undefined) continue;
    files.unlink(file);
    gone = true;
  }
  if (gone) files.syncDirectory(paths.packs);
  reader.refresh();
}

/** Moves the head to where the notes already are, after seeing that it is where the head was going. */
function advanceHead(
  files: Files,
  repository: string,
  branch: string,
  from: ObjectId | null,
  to: ObjectId,
  reader: PackReader,
): void {
  let at: ObjectId | null = to;
  while (at !== from) {
    if (at === null) {
      throw new ChronError(
        "CORRUPT",
        `${headRef(branch)} of ${repository} is ${from}, which is no ancestor of ${to}, where ${NOTES_REF} says it is. Restore the ref from a clone.`,
      );
    }
    at = commitOf(reader, at, headRef(branch)).parents[0] ?? null;
  }
  writeRef(files, repository, headRef(branch), to);
}

function rebuildMap(map: CommitMap, reader: PackReader, head: ObjectId, last: number): void {
  const commits: { sequence: number; commit: ObjectId }[] = [];
  for (let at: ObjectId | null = head; at !== null; ) {
    const commit: ReadCommit = commitOf(reader, at, "the head");
    const trailers = entryTrailers(commit.message);
    if (trailers !== null) commits.push({ sequence: trailers.sequence, commit: at });
    at = commit.parents[0] ?? null;
  }
  map.truncate(0);
  map.write(0, commitRecords(0, last, commits));
}
