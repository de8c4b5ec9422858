// Makes a damaged archive whole again, offline (the caller holds the data directory's lock), with the help of the system's git:
// a lost index is made anew from its pack; damaged packs are put aside; and what was in them comes either from a clone, or is
// written again from the log, from the last batch that is still complete. Both give the very same hashes as before.

import path from "node:path";
import { ChronError, messageOf } from "../base/errors.ts";
import { type Files, systemFiles } from "../base/files.ts";
import { listSegments } from "../log/segment.ts";
import { notesTrailers, readCommit } from "./commit-text.ts";
import { gitPieces, gitRun, ObjectStream } from "./git-stream.ts";
import type { ObjectId } from "./objects.ts";
import { packChecksum } from "./pack-checksum.ts";
import { PackIndex } from "./pack-index.ts";
import { archivePaths, headRef, NOTES_REF } from "./paths.ts";
import { readRef, writeRef } from "./refs.ts";

export interface RepairOptions {
  /** The bare repository. */
  readonly directory: string;
  readonly branch: string;
  /** A clone (`git clone --mirror`) to take what is missing from; null = only the log. */
  readonly clone: string | null;
}

interface Candidate {
  readonly notes: ObjectId;
  readonly head: ObjectId;
  readonly sequence: number;
}

/** Answers a sentence for each thing done; none when nothing was wrong. Throws CORRUPT when neither clone nor log has enough. */
export async function repairArchive(options: RepairOptions, files: Files = systemFiles): Promise<string[]> {
  const { directory, branch, clone } = options;
  const done = await repairPacks(files, directory);
  const head = readableRef(files, directory, headRef(branch));
  const notes = readableRef(files, directory, NOTES_REF);
  const nothingYet =
    head === null && notes === null && done.length === 0 && files.list(archivePaths(directory).packs).length === 0;
  if (nothingYet) return done;
  const whole = async (): Promise<boolean> => head !== null && notes !== null && (await isComplete(directory, [head, notes]));
  if (await whole()) return done;
  if (clone !== null) {
    done.push(...copyObjects(files, directory, clone));
    if (await whole()) return done;
  }

  const candidate = await lastComplete(directory);
  const reached = candidate?.sequence ?? 0;
  const first = listSegments(files, path.join(archivePaths(directory).own, "log"))[0]?.firstSequence ?? null;
  if (first === null || first > reached + 1) {
    throw new ChronError(
      "CORRUPT",
      `The archive ${directory} is complete up to entry ${reached} only, and the log begins with entry ${first ?? "(none)"}. ` +
        "Repair it with a clone that has the entries between (a `git clone --mirror` or a backup).",
      { reached, first },
    );
  }
  // The head first: recovery moves it on to where the notes are, and must not find it beyond them.
  moveRef(files, directory, headRef(branch), candidate?.head ?? null);
  moveRef(files, directory, NOTES_REF, candidate?.notes ?? null);
  for (const file of [archivePaths(directory).cursor, archivePaths(directory).publishing])
    if (files.stat(file) !== undefined) files.unlink(file);
  done.push(`The archive goes on from entry ${reached}; the server writes the later ones again from the log when it starts.`);
  return done;
}

/** Makes missing or damaged indexes anew and puts damaged packs aside. */
async function repairPacks(files: Files, directory: string): Promise<string[]> {
  const paths = archivePaths(directory);
  const aside = path.join(paths.own, "damaged");
  const done: string[] = [];
  const names = files
    .list(paths.packs)
    .filter((name) => name.endsWith(".pack"))
    .map((name) => name.slice(0, -5));
  for (const name of names) {
    const pack = path.join(paths.packs, `${name}.pack`);
    const index = path.join(paths.packs, `${name}.idx`);
    const checksum = packChecksum(files, pack);
    if (checksum === null) {
      files.makeDirectory(aside);
      for (const file of files
        .list(paths.packs)
        .filter((each) => each.startsWith(`${name}.`))
        .reverse()) {
        files.rename(path.join(paths.packs, file), path.join(aside, file));
      }
      done.push(`The pack ${name} was damaged and is now in ${aside}.`);
    } else if (!indexFits(files, index, checksum)) {
      if (files.stat(index) !== undefined) files.unlink(index);
      await gitRun(directory, ["index-pack", "-o", index, pack]);
      done.push(`The index of ${name} was damaged or missing and was made anew.`);
    }
  }
  // Packs that waited to be deleted may be all there is now of what a damaged one held.
  if (files.list(aside).length > 0 && files.stat(paths.retired) !== undefined) files.unlink(paths.retired);
  if (done.length > 0) files.syncDirectory(paths.packs);
  return done;
}

function indexFits(files: Files, index: string, checksum: Buffer): boolean {
  if (files.stat(index) === undefined) return false;
  try {
    const opened = new PackIndex(files, index);
    try {
      return opened.load().packChecksum.equals(checksum);
    } finally {
      opened.close();
    }
  } catch (thrown) {
    if (thrown instanceof ChronError && thrown.code === "CORRUPT") return false;
    throw thrown;
  }
}

/** Takes over every pack and loose object of a clone that we do not have. */
function copyObjects(files: Files, directory: string, clone: string): string[] {
  const from = path.join(clone, "objects");
  if (files.list(from).length === 0) {
    throw new ChronError(
      "INVALID_ARGUMENT",
      `${clone} is no bare git repository; make one with: git clone --mirror URL ${clone}`,
    );
  }
  let copied = 0;
  // Packs before indexes: git must not find an index whose pack is not there yet.
  const packs = files.list(path.join(from, "pack")).filter((name) => /^pack-[0-9a-f]{40}\.(?:pack|idx)$/.test(name));
  const wanted = packs
    .sort((a, b) => Number(a.endsWith(".idx")) - Number(b.endsWith(".idx")))
    .map((name) => ["pack", name] as const);
  const loose = files
    .list(from)
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .flatMap((folder) => files.list(path.join(from, folder)).map((name) => [folder, name] as const));
  for (const [folder, name] of [...wanted, ...loose]) {
    const target = path.join(directory, "objects", folder, name);
    if (files.stat(target) !== undefined) continue;
    files.makeDirectory(path.dirname(target));
    copyFile(files, path.join(from, folder, name), target);
    copied++;
  }
  return [`${copied} files of objects were taken from ${clone}.`];
}

function copyFile(files: Files, from: string, to: string): void {
  const source = files.open(from, "read");
  const target = files.open(to, "create");
  try {
    const chunk = Buffer.alloc(4 * 1024 * 1024);
    for (let at = 0; ; ) {
      const got = source.read(chunk, at);
      if (got === 0) break;
      target.write(chunk.subarray(0, got), at);
      at += got;
    }
    target.sync();
  } finally {
    source.close();
    target.close();
  }
}

function readableRef(files: Files, directory: string, ref: string): ObjectId | null {
  try {
    return readRef(files, directory, ref);
  } catch (thrown) {
    if (thrown instanceof ChronError && thrown.code === "CORRUPT") return null;
    throw thrown;
  }
}

function moveRef(files: Files, directory: string, ref: string, id: ObjectId | null): void {
  if (id !== null) writeRef(files, directory, ref, id);
  else if (files.stat(path.join(directory, ref)) !== undefined) files.unlink(path.join(directory, ref));
}

/** Whether everything that these commits lead to is there. */
async function isComplete(directory: string, commits: readonly ObjectId[]): Promise<boolean> {
  try {
    await gitRun(directory, ["rev-list", "--objects", "--quiet", ...commits, "--"]);
    return true;
  } catch (thrown) {
    if (thrown instanceof ChronError && thrown.code === "CORRUPT") return false;
    throw thrown;
  }
}

/** The last batch of notes from which all of history is there; null when there is none. */
async function lastComplete(directory: string): Promise<Candidate | null> {
  const candidates = (await notesCommits(directory)).sort((a, b) => a.sequence - b.sequence);
  // What a batch leads to is part of what a later one leads to, so the complete ones come first.
  let low = 0;
  let high = candidates.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const { notes, head } = candidates[middle] as Candidate;
    if (await isComplete(directory, [head, notes])) low = middle + 1;
    else high = middle;
  }
  return candidates[low - 1] ?? null;
}

async function notesCommits(directory: string): Promise<Candidate[]> {
  const found: Candidate[] = [];
  const objects = new ObjectStream(directory);
  try {
    const format = "--batch-check=%(objecttype) %(objectname)";
    for await (const line of gitPieces(directory, ["cat-file", "--batch-all-objects", format], 10)) {
      const id = /^commit ([0-9a-f]{40})$/.exec(line.toString("latin1"))?.[1];
      if (id === undefined) continue;
      const content = await objects.read(id);
      const trailers = content === undefined ? null : notesTrailers(readCommit(content)?.message ?? "");
      if (trailers !== null) found.push({ notes: id, head: trailers.head, sequence: trailers.sequence });
    }
    await objects.close();
  } catch (thrown) {
    throw new ChronError("CORRUPT", `The objects of ${directory} cannot be listed: ${messageOf(thrown)}`);
  } finally {
    objects.stop();
  }
  return found;
}
