// Is the archive what it should be? Looks at every byte of every pack (checksums), at every commit from the head to the first
// (parents, sequence, time, note and its hash, commit map) and, where the log still has an entry, at whether they agree.
import crypto from "node:crypto";
import { messageOf } from "../base/errors.ts";
import type { Files } from "../base/files.ts";
import type { Entry } from "../log/entry.ts";
import type { CommitMap } from "./commit-map.ts";
import { entryTrailers, notesTrailers, readCommit } from "./commit-text.ts";
import { NotesTree } from "./notes-tree.ts";
import type { ObjectId } from "./objects.ts";
import { PackBody } from "./pack-body.ts";
import type { Pack, PackReader } from "./pack-reader.ts";
import { PackWriter } from "./pack-writer.ts";
import { headRef, NOTES_REF } from "./paths.ts";
import { readRef } from "./refs.ts";

export interface CheckReport {
  readonly ok: boolean;
  /** A sentence for each finding, or one that says what was looked at. */
  readonly messages: string[];
  readonly refs: Record<string, string>;
}

export interface CheckParts {
  readonly files: Files;
  readonly repository: string;
  readonly branch: string;
  /** Entries of the log that it still has; null when it has none. */
  readonly log: Iterable<Entry> | null;
}

/** A damaged archive could give a finding for each of a million commits. */
const FINDINGS_MAXIMUM = 50;
const CHUNK = 4 * 1024 * 1024;
/** Commits looked at between two pauses in which the process does its other work. */
const PAUSE_COMMITS = 500;

export async function checkArchive(parts: CheckParts, reader: PackReader, map: CommitMap): Promise<CheckReport> {
  const findings: string[] = [];
  const find = (finding: string): void => {
    if (findings.length < FINDINGS_MAXIMUM) findings.push(finding);
    else if (findings.length === FINDINGS_MAXIMUM)
      findings.push(`More than ${FINDINGS_MAXIMUM} findings; the others are left out.`);
  };
  for (const problem of reader.problems.values()) find(problem);
  let bytes = 0;
  for (const pack of reader.packs) {
    bytes += pack.bytes;
    try {
      for (const _ of checkPack(pack, find)) await pause();
    } catch (thrown) {
      find(messageOf(thrown));
    }
  }
  const { files, repository, branch } = parts;
  const refs: Record<string, string> = {};
  let commits = 0;
  try {
    const head = readRef(files, repository, headRef(branch));
    const notes = readRef(files, repository, NOTES_REF);
    if (head !== null) refs[headRef(branch)] = head;
    if (notes !== null) refs[NOTES_REF] = notes;
    if (head === null || notes === null) {
      if (head !== notes)
        find(`Of ${headRef(branch)} and ${NOTES_REF} only one exists in ${repository}; restore the other from a clone.`);
    } else commits = await checkCommits(parts, reader, map, head, notes, find);
  } catch (thrown) {
    find(messageOf(thrown));
  }
  if (findings.length > 0) return { ok: false, messages: findings, refs };
  const message = `${commits} commits with their notes in ${reader.packs.length} packs of ${bytes} bytes are sound.`;
  return { ok: true, messages: [message], refs };
}

function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Reads a pack whole, pausing after every chunk. */
function* checkPack(pack: Pack, find: (finding: string) => void): Generator<void> {
  const { packChecksum } = pack.index.load();
  const hash = crypto.createHash("sha1");
  const chunk = Buffer.allocUnsafe(CHUNK);
  for (let at = 0; at < pack.bytes - 20; at += CHUNK) {
    const part = chunk.subarray(0, Math.min(CHUNK, pack.bytes - 20 - at));
    pack.raw(part, at);
    hash.update(part);
    yield;
  }
  const trailer = Buffer.alloc(20);
  pack.raw(trailer, pack.bytes - 20);
  if (!hash.digest().equals(trailer)) {
    find(
      `The pack ${pack.path} does not match its checksum: it was damaged. Stop the server and run \`chrondb rebuild\`, which repairs it from the log or (--from-clone) a clone.`,
    );
  } else if (!trailer.equals(packChecksum)) {
    find(
      `The index ${pack.index.path} belongs to another pack. Stop the server and run \`chrondb rebuild\`, which repairs it from the log or (--from-clone) a clone.`,
    );
  }
}

async function checkCommits(
  parts: CheckParts,
  reader: PackReader,
  map: CommitMap,
  head: ObjectId,
  notes: ObjectId,
  find: (finding: string) => void,
): Promise<number> {
  const notesCommit = readCommit(reader.read(notes, "commit").content);
  const promised = notesCommit === null ? null : notesTrailers(notesCommit.message);
  if (promised === null) {
    find(
      `${NOTES_REF} was moved by somebody else: its commit ${notes} is none of ChronDB's. The notes were not looked at; restore the ref from a clone.`,
    );
  } else if (promised.head !== head) {
    find(
      `${NOTES_REF} belongs to the commit ${promised.head}, but ${headRef(parts.branch)} is ${head}; restart the server, which moves the head on.`,
    );
  }
  // Others may lay notes out in another way than ours.
  const host = { pack: new PackWriter(new PackBody()), load: (id: ObjectId) => reader.read(id, "tree").content, resident: 0 };
  const tree = promised === null || notesCommit === null ? null : new NotesTree(host, notesCommit.tree);
  const times = new Map<number, { time: number; txId: string }>();
  for (const { head: entry } of parts.log ?? []) {
    times.set(entry.sequence, { time: entry.time, txId: entry.txId });
    if (times.size % PAUSE_COMMITS === 0) await pause();
  }
  let commits = 0;
  let above = Number.MAX_SAFE_INTEGER;
  for (let at: ObjectId | null = head; at !== null; ) {
    const content: Buffer = reader.read(at, "commit").content;
    const commit = readCommit(content);
    const trailers = commit === null ? null : entryTrailers(commit.message);
    if (commit === null || trailers === null) {
      find(`The commit ${at} was not made by ChronDB, and the history below it was not looked at.`);
      break;
    }
    const name = `The commit ${at} of entry ${trailers.sequence}`;
    if (trailers.sequence >= above) find(`${name} stands below entry ${above}.`);
    above = trailers.sequence;
    const mapped = map.get(trailers.sequence);
    if (mapped !== at)
      find(`${name} is ${mapped ?? "missing"} in the commit map. Delete .chrondb/commits.map and restart: it is made anew.`);
    if (tree !== null) checkNote(reader, tree, at, name, trailers.noteHash, find);
    const entry = times.get(trailers.sequence);
    if (entry !== undefined && entry.time !== trailers.time)
      find(`${name} has the time ${trailers.time}, the log ${entry.time}.`);
    times.delete(trailers.sequence);
    at = commit.parents[0] ?? null;
    if (++commits % PAUSE_COMMITS === 0) await pause();
  }
  return commits;
}

function checkNote(
  reader: PackReader,
  tree: NotesTree,
  commit: ObjectId,
  name: string,
  hash: string,
  find: (finding: string) => void,
): void {
  const note = tree.get(commit);
  if (note === undefined) {
    find(`${name} has no note.`);
    return;
  }
  const content = reader.read(note, "blob").content;
  if (crypto.hash("sha256", content, "hex") !== hash)
    find(`${name} has a note that was changed: it does not match ChronDB-Note.`);
}
