// Making built commits visible, in an order that a crash can cut anywhere:
//
//   1 pack and index written beside the repository and synced
//   2 the pack's name noted in `.chrondb/publishing`, synced
//   3 pack, then index, renamed into objects/pack; directory synced (now git can read the objects, nothing refers to them)
//   4 commit map
//   5 refs/notes/chrondb          never after the head: no commit is ever seen without its note
//   6 refs/heads/<branch>         the moment of publication
//   7 cursor, only where entries without a commit follow
//
// Cut before 5, recovery deletes the noted pack; cut between 5 and 6, it moves the head to where the notes say (recovery.ts).
import path from "node:path";
import { type Files, replaceFile } from "../base/files.ts";
import type { CommitMap } from "./commit-map.ts";
import { writeCursor } from "./cursor.ts";
import type { ObjectId } from "./objects.ts";
import type { FinishedPack } from "./pack-body.ts";
import { archivePaths, headRef, NOTES_REF } from "./paths.ts";
import { writeRef } from "./refs.ts";

/** Steps after which tests cut a publication. */
export const PUBLICATION_STEPS = [
  "written",
  "noted",
  "pack-renamed",
  "index-renamed",
  "mapped",
  "notes-moved",
  "head-moved",
] as const;
export type PublicationStep = (typeof PUBLICATION_STEPS)[number];

export interface Publication {
  readonly files: Files;
  readonly repository: string;
  readonly branch: string;
  readonly map: CommitMap;
  /** Called after each step; throws to cut there. */
  readonly reached?: ((step: PublicationStep) => void) | undefined;
}

/** What is published beside the pack. */
export interface PublishedEntries {
  /** What the commit map gets (commitRecords), and the last entry of it that has a commit. */
  readonly records: Buffer<ArrayBuffer>;
  readonly lastCommitted: number;
  readonly notes: ObjectId;
  readonly head: ObjectId;
  /** Entries after this sequence, up to `until`, are published by this. */
  readonly after: number;
  readonly until: number;
}

export function publish(to: Publication, pack: FinishedPack, what: PublishedEntries): void {
  const { files, repository } = to;
  const paths = archivePaths(repository);
  const { name } = pack;
  writePack(files, paths.temporary, pack);
  to.reached?.("written");
  noteName(files, paths.publishing, name);
  to.reached?.("noted");
  files.rename(path.join(paths.temporary, `${name}.pack`), path.join(paths.packs, `${name}.pack`));
  to.reached?.("pack-renamed");
  files.rename(path.join(paths.temporary, `${name}.idx`), path.join(paths.packs, `${name}.idx`));
  files.syncDirectory(paths.packs);
  to.reached?.("index-renamed");
  to.map.write(what.after, what.records);
  to.reached?.("mapped");
  writeRef(files, repository, NOTES_REF, what.notes);
  to.reached?.("notes-moved");
  writeRef(files, repository, headRef(to.branch), what.head);
  to.reached?.("head-moved");
  if (what.lastCommitted !== what.until) writeCursor(files, paths.cursor, { sequence: what.until, head: what.head });
}

/** Names are equally long, so one takes the place of another within a sector: one sync instead of two. */
function noteName(files: Files, file: string, name: string): void {
  const line = Buffer.from(`${name}\n`, "latin1");
  if (files.stat(file)?.size !== line.length) {
    replaceFile(files, file, line);
    return;
  }
  const handle = files.open(file, "write");
  try {
    handle.write(line, 0);
    handle.syncData();
  } finally {
    handle.close();
  }
}

/** Writes `<name>.pack` and `<name>.idx` into a directory, synced. */
export function writePack(files: Files, directory: string, pack: FinishedPack): void {
  for (const [extension, bytes] of [
    ["pack", pack.pack],
    ["idx", pack.index],
  ] as const) {
    const file = path.join(directory, `${pack.name}.${extension}`);
    if (files.stat(file) !== undefined) files.unlink(file);
    const handle = files.open(file, "create");
    try {
      handle.write(bytes, 0);
      handle.sync();
    } finally {
      handle.close();
    }
  }
}
