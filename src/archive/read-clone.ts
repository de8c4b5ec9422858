// Reads a repository back into the entries it was made from: the message's trailers give sequence and exact time, the note the
// rest of the head, the diff against the parent (and what the note adds where that is not enough, see EffectsRecord) the
// effects. Everything is checked on the way: the note against the hash in its commit, the effects against the diff, the
// sequence against the entry before. Entries that only touched unversioned tables are not in git, so sequences may skip.

import { isUtf8 } from "node:buffer";
import crypto from "node:crypto";
import { ChronError, messageOf } from "../base/errors.ts";
import { splitKey } from "../base/keys.ts";
import type { Effect, Entry } from "../log/entry.ts";
import { type EntryTrailers, entryTrailers } from "./commit-text.ts";
import { type DocumentEffect, isDocumentEffect } from "./effects.ts";
import { gitPieces, ObjectStream } from "./git-stream.ts";
import { BODY, parsePath, pathOf, placeOf, SCHEMA_DIRECTORY, SIDECAR, schemaName } from "./layout.ts";
import { type ReadNote, readNote } from "./note.ts";
import { applyOrder } from "./order.ts";
import { headRef, NOTES_REF } from "./paths.ts";
import { readDefinition } from "./schema-text.ts";
import { idOfKey, kindOf, type Sidecar } from "./sidecar.ts";

/** Commits being read at the same time: enough to keep git's pipe full. */
const AHEAD_COMMITS = 64;
/** Effects being read at the same time. */
const AHEAD_EFFECTS = 256;

/** One commit as `git log` tells it. */
interface LoggedCommit {
  readonly commit: string;
  readonly trailers: EntryTrailers;
  readonly note: ReadNote;
  /** Objects by path; null = removed, `old` then says what was there. */
  readonly changes: ReadonlyMap<string, { readonly now: string | null; readonly old: string }>;
}

export async function* readClone(directory: string, options: { branch: string }): AsyncGenerator<Entry> {
  const objects = new ObjectStream(directory);
  try {
    const reader = new EntryReader(objects);
    const ahead: Promise<Entry>[] = [];
    let last = 0;
    const checked = (entry: Entry): Entry => {
      if (entry.head.sequence <= last) {
        throw corrupt(`entry ${entry.head.sequence} comes after entry ${last} in the history of ${options.branch}`);
      }
      last = entry.head.sequence;
      return entry;
    };
    for await (const commit of loggedCommits(directory, options.branch)) {
      const reading = reader.entry(commit);
      // Awaited in its turn; until then a failure must not count as unhandled.
      reading.catch(() => undefined);
      ahead.push(reading);
      if (ahead.length >= AHEAD_COMMITS) yield checked(await (ahead.shift() as Promise<Entry>));
    }
    for (const reading of ahead) yield checked(await reading);
    await objects.close();
  } finally {
    objects.stop();
  }
}

function corrupt(what: string): ChronError {
  return new ChronError("CORRUPT", `The clone does not hold together: ${what}. Take a clone made before the damage.`);
}

// Pieces end in NUL. A commit is: this mark, its hash, message and note, a piece each; then for each change ":modes hashes
// letter" (the first after a line feed) and a path, which is never the mark. Between commits there are empty pieces.
const MARK = "chrondb-commit";

async function* loggedCommits(directory: string, branch: string): AsyncGenerator<LoggedCommit> {
  const format = `--format=tformat:%x00${MARK}%x00%H%x00%B%x00%N%x00`;
  const args = [
    "log",
    "--first-parent",
    "--reverse",
    "--raw",
    "-r",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--root",
    `--notes=${NOTES_REF}`,
    format,
  ];
  const pieces = gitPieces(directory, [...args, headRef(branch), "--"], 0);
  let parts: string[] | null = null;
  let expecting = 0;
  for await (const bytes of pieces) {
    const piece = bytes.toString("utf8");
    if (expecting > 0) {
      expecting--;
      parts?.push(piece);
    } else if (piece === MARK) {
      if (parts !== null) yield parseCommit(parts);
      parts = [];
      // Hash, message and note follow, whatever they say.
      expecting = 3;
    } else if (piece !== "") parts?.push(piece);
  }
  if (parts !== null) yield parseCommit(parts);
}

function parseCommit(parts: readonly string[]): LoggedCommit {
  const [commit = "", message = "", noteText = "", ...rest] = parts;
  const trailers = entryTrailers(message);
  if (trailers === null) throw corrupt(`the commit ${commit} was not made by ChronDB`);
  const note = `${noteText.replace(/\n+$/, "")}\n`;
  if (noteText.trim() === "")
    throw corrupt(
      `the commit ${commit} of entry ${trailers.sequence} has no note (was ${NOTES_REF} cloned? use git clone --mirror)`,
    );
  if (crypto.hash("sha256", note, "hex") !== trailers.noteHash) {
    throw corrupt(`the note of commit ${commit} (entry ${trailers.sequence}) was changed: it does not match ChronDB-Note`);
  }
  const changes = new Map<string, { now: string | null; old: string }>();
  for (let i = 0; i < rest.length; i += 2) {
    const match = /^\n?:\d{6} (\d{6}) ([0-9a-f]{40}) ([0-9a-f]{40}) [A-Z]\d*$/.exec(rest[i] ?? "");
    const path = rest[i + 1];
    if (match === null || path === undefined) throw corrupt(`git tells the changes of commit ${commit} in a way we cannot read`);
    changes.set(path, { now: match[1] === "000000" ? null : (match[3] as string), old: match[2] as string });
  }
  return { commit, trailers, note: readNote(note, `commit ${commit}`), changes };
}

interface Key {
  readonly table: string;
  readonly id: string;
}

class EntryReader {
  readonly #objects: ObjectStream;
  /** Tables in which there ever was a sidecar: elsewhere none needs to be looked for. */
  readonly #withSidecars = new Set<string>();

  constructor(objects: ObjectStream) {
    this.#objects = objects;
  }

  async entry(logged: LoggedCommit): Promise<Entry> {
    const { trailers, note } = logged;
    // Before anything is awaited: commits are read at the same time, but seen here in their order.
    for (const path of logged.changes.keys()) {
      const parsed = parsePath(path);
      if (parsed === null) throw corrupt(`the commit ${logged.commit} changes ${path}, which is no path of ChronDB's`);
      if (parsed.kind === "sidecar") this.#withSidecars.add(parsed.table);
    }
    const effects = note.record === null ? await this.#named(logged) : await this.#recorded(logged, note.record);
    return { head: { sequence: trailers.sequence, time: trailers.time, ...note.head }, effects };
  }

  /** Effects that the note names one by one. */
  async #named(logged: LoggedCommit): Promise<Effect[]> {
    const { keys, documents } = logged.note;
    if (keys.length !== documents)
      throw corrupt(
        `the note of commit ${logged.commit} names ${keys.length} of ${documents} documents and does not say the rest`,
      );
    const effects = await this.#documents(logged, keys.map(splitKey));
    const stems = new Set(effects.map((effect) => stemOf(effect)));
    for (const path of logged.changes.keys()) {
      if (!stems.has(path.slice(0, -BODY.length)))
        throw corrupt(`the commit ${logged.commit} changes ${path}, which its note does not name`);
    }
    return effects;
  }

  /** Effects by the diff and the note's record of what the diff does not say. */
  async #recorded(logged: LoggedCommit, record: NonNullable<ReadNote["record"]>): Promise<Effect[]> {
    const others: Effect[] = [];
    const dropped = new Set<string>();
    const gone = new Set<string>();
    for (const other of record.others ?? []) {
      if (other.op === "branch") others.push({ op: "branch", name: other.name, head: other.head });
      else if (other.op === "drop") {
        others.push({ op: "define", table: other.table, definition: null });
        dropped.add(other.table);
        gone.add(other.table);
      } else {
        const text = await this.#at(logged, `${SCHEMA_DIRECTORY}/${schemaName(other.table)}`);
        if (text === undefined) throw corrupt(`the commit ${logged.commit} declares table ${other.table} without its definition`);
        const definition = readDefinition(text.toString("utf8"));
        if (definition.unversioned) gone.add(other.table);
        others.push({ op: "define", table: other.table, definition });
      }
    }
    const shown = await this.#shown(logged, gone);
    const unchanged = (record.unchanged ?? []).map(([table, id]) => ({ table, id }));
    const documents = await this.#documents(logged, [...shown, ...unchanged]);
    const effects = applyOrder([...documents, ...others], record.order, record.width ?? 0);
    if (effects === null)
      throw corrupt(
        `the note of commit ${logged.commit} does not tell the order of its ${documents.length + others.length} effects`,
      );
    const expected = effects.filter(isDocumentEffect).length;
    if (expected !== logged.note.documents)
      throw corrupt(`the commit ${logged.commit} has ${expected} effects on documents, its note says ${logged.note.documents}`);
    return effects;
  }

  /** Keys of the documents whose body or sidecar a diff shows changed, by path. */
  async #shown(logged: LoggedCommit, gone: ReadonlySet<string>): Promise<Key[]> {
    const stems = new Map<string, Key | { table: string; sidecar: string }>();
    for (const [path, change] of logged.changes) {
      const parsed = parsePath(path);
      if (parsed === null || parsed.kind === "schema") continue;
      const { stem, table, id } = parsed;
      // Documents that went with their table are no effects of their own.
      if (gone.has(table) && logged.changes.get(stem + BODY)?.now === null) continue;
      if (id !== null) stems.set(stem, { table, id });
      else if (parsed.kind === "sidecar") stems.set(stem, { table, sidecar: change.now ?? change.old });
      else if (!stems.has(stem)) stems.set(stem, { table, sidecar: `${logged.commit}:${stem}${SIDECAR}` });
    }
    const keys: Key[] = [];
    for (const [stem, found] of [...stems].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if ("id" in found) keys.push(found);
      else keys.push({ table: found.table, id: await this.#longId(logged, stem, found.table, found.sidecar) });
    }
    return keys;
  }

  async #longId(logged: LoggedCommit, stem: string, table: string, sidecar: string): Promise<string> {
    const text = await this.#objects.read(sidecar);
    const key = text === undefined ? undefined : parseSidecar(text, logged, stem).key;
    if (key === undefined) throw corrupt(`${stem} of commit ${logged.commit} has no sidecar with its key`);
    return idOfKey(table, key);
  }

  async #documents(logged: LoggedCommit, keys: readonly Key[]): Promise<DocumentEffect[]> {
    const effects: DocumentEffect[] = [];
    for (let at = 0; at < keys.length; at += AHEAD_EFFECTS) {
      effects.push(...(await Promise.all(keys.slice(at, at + AHEAD_EFFECTS).map((key) => this.#document(logged, key)))));
    }
    return effects;
  }

  async #document(logged: LoggedCommit, key: Key): Promise<DocumentEffect> {
    const { table, id } = key;
    const place = placeOf(table, id);
    const path = pathOf(place);
    const stem = path.slice(0, -BODY.length);
    const [body, sidecarBytes] = await Promise.all([
      this.#at(logged, path),
      this.#withSidecars.has(table) ? this.#at(logged, stem + SIDECAR) : undefined,
    ]);
    if (body === undefined) return { op: "delete", table, id };
    const sidecar = sidecarBytes === undefined ? {} : parseSidecar(sidecarBytes, logged, stem);
    const value = isUtf8(body) ? body.toString("utf8") : body;
    return { op: "put", table, id, kind: kindOf(sidecar, value), body: value, expiresAt: sidecar.expiresAt ?? 0 };
  }

  /** What lies at a path of the commit's tree; undefined when nothing does. */
  async #at(logged: LoggedCommit, path: string): Promise<Buffer | undefined> {
    const change = logged.changes.get(path);
    if (change?.now === null) return undefined;
    return this.#objects.read(change?.now ?? `${logged.commit}:${path}`);
  }
}

function stemOf(effect: DocumentEffect): string {
  return pathOf(placeOf(effect.table, effect.id)).slice(0, -BODY.length);
}

function parseSidecar(bytes: Buffer, logged: LoggedCommit, stem: string): Sidecar {
  try {
    return JSON.parse(bytes.toString("utf8")) as Sidecar;
  } catch (thrown) {
    throw corrupt(`${stem}${SIDECAR} of commit ${logged.commit} is no JSON (${messageOf(thrown)})`);
  }
}
