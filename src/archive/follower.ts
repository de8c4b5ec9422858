// From the log to the repository: reads entries as they become durable, cuts them into batches, has them built, publishes
// packs, merges and deletes old ones. Runs in the archive's own process (process.ts); tests run it in theirs.

import { assert } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import type { Files } from "../base/files.ts";
import type { Entry } from "../log/entry.ts";
import { Batcher } from "./batches.ts";
import { Builder, type VersionedEntry } from "./builder.ts";
import { type CommitMap, commitRecords } from "./commit-map.ts";
import type { Signature } from "./commit-text.ts";
import { writeCursor } from "./cursor.ts";
import { bodyBytes, UnversionedTables } from "./effects.ts";
import { mergePacks, packsToMerge } from "./pack-merge.ts";
import { PackReader } from "./pack-reader.ts";
import { Packing } from "./packing.ts";
import { archivePaths } from "./paths.ts";
import type { PublicationStep } from "./publication.ts";
import { recover } from "./recovery.ts";
import { ensureRepository } from "./repository.ts";
import { RetiredPacks } from "./retired.ts";
import { readDefinition } from "./schema-text.ts";
import type { TreeHost } from "./tree.ts";

/** Under load a pack gets at least this many commits: small packs cost twice the disk and slow every reader down. */
const PACK_COMMITS = 20_000;
/** Entries and bytes taken from the log between two looks at what else there is to do. */
const SLICE_ENTRIES = 1_000;
const SLICE_BYTES = 8 * 1024 * 1024;
// Packs come at most this often once the writer is silent or somebody waits for a commit, and while it writes on. Milliseconds.
// Each pack costs ten fsyncs, which the log's own wait for on the same disk, and small packs are merged again and again.
const QUIET_MS = 150;
const BUSY_MS = 3_000;
/** So many packs are merged even while there is a backlog. */
const PACKS_URGENT = 96;
/** A clock that was put back could keep the last batch open for hours; at the end it is sealed all the same. */
const SEAL_WAIT_MS = 1_000;

/** Entries after the last one given out, up to `durable`; may be left early and called again. */
export interface EntrySource {
  read(durable: number): Iterable<Entry>;
}

export interface FollowerLimits {
  /** Trees kept in memory; bytes. */
  readonly archiveTreeBytes: number;
  /** Bytes of a pack under construction after which it is published, whatever it holds. */
  readonly archivePackBytes: number;
  /** Packs are not merged beyond this; bytes. */
  readonly archiveMergedPackBytes: number;
}

export interface FollowerOptions {
  readonly files: Files;
  readonly repository: string;
  readonly branch: string;
  readonly signature: Signature;
  readonly limits: FollowerLimits;
  readonly clock: Clock;
  /** Opens the log after an entry. */
  readonly source: (after: number) => EntrySource;
  readonly onPublished?: (sequence: number) => void;
  readonly reached?: (step: PublicationStep) => void;
  /**
   * Entries behind from which packs are compressed and published in a thread of their own while the next one is built. Never
   * where it is left out; otherwise `files` must be the system's.
   */
  readonly threadFrom?: number;
}

export class Follower {
  readonly #options: FollowerOptions;
  readonly #source: EntrySource;
  readonly #reader: PackReader;
  readonly #packing: Packing;
  readonly #builder: Builder;
  readonly #batcher = new Batcher<VersionedEntry>();
  readonly #unversioned: UnversionedTables;
  readonly #retired: RetiredPacks;
  readonly #map: CommitMap;
  readonly #host: TreeHost;
  #published: number;
  /** Last entry read; last entry of which everything is in the pack or published. */
  #consumed: number;
  #durable: number;
  #idle: { sequence: number; micros: number } = { sequence: -1, micros: 0 };
  #wanted = 0;
  #publishedAt = Number.NEGATIVE_INFINITY;
  /** The publication under way in the thread. */
  #publishing: Promise<void> | null = null;
  #failure: unknown = null;
  #closing = false;
  #wake: (() => void) | null = null;
  #signalled = false;
  #running: Promise<void> | null = null;

  /** Makes the repository whole (or new) and stands at its last entry. Throws CORRUPT, LOCKED, STORAGE_FAILED. */
  constructor(options: FollowerOptions) {
    this.#options = options;
    const { files, repository, branch } = options;
    ensureRepository({ directory: repository, branch }, files);
    this.#reader = new PackReader(files, repository);
    const { tips, sequence, map } = recover(files, repository, branch, this.#reader);
    this.#map = map;
    this.#retired = new RetiredPacks(files, repository);
    const reader = this.#reader;
    const { threadFrom, reached } = options;
    const isFarBehind = (): boolean => threadFrom !== undefined && this.#durable - this.#published >= threadFrom;
    this.#packing = new Packing({ files, repository, branch, map, reached }, isFarBehind);
    this.#host = { pack: this.#packing.pack, load: (id) => reader.read(id, "tree").content, resident: 0 };
    this.#builder = new Builder(this.#host, options.signature, tips);
    this.#unversioned = new UnversionedTables(this.#unversionedTables());
    this.#published = this.#consumed = this.#durable = sequence;
    this.#source = options.source(sequence);
  }

  #unversionedTables(): string[] {
    const tables: string[] = [];
    for (const { id } of this.#builder.documents.definitions()) {
      const definition = readDefinition(this.#reader.read(id, "blob").content.toString("utf8"));
      if (definition.unversioned) tables.push(definition.table);
    }
    return tables;
  }

  get published(): number {
    return this.#published;
  }

  /** What a look into the published part needs; valid until the next await. */
  get view(): { readonly reader: PackReader; readonly map: CommitMap; readonly published: number } {
    return { reader: this.#reader, map: this.#map, published: this.#published };
  }

  /** Entries up to `sequence` are on disk. */
  durable(sequence: number): void {
    if (sequence <= this.#durable) return;
    this.#durable = sequence;
    this.#wakeUp();
  }

  /** Entries after those durable now will have a time greater than `micros`. */
  idle(micros: number): void {
    this.#idle = { sequence: this.#durable, micros };
    this.#wakeUp();
  }

  /** Somebody waits for the commit of this entry. */
  wanted(sequence: number): void {
    if (sequence <= this.#wanted) return;
    this.#wanted = sequence;
    this.#wakeUp();
  }

  /** Follows until closed. Rejects when something fails; then the process is to be started anew. */
  run(): Promise<void> {
    assert(this.#running === null, "a follower runs once");
    this.#running = this.#follow();
    return this.#running;
  }

  /** Publishes everything durable and stops. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wakeUp();
    await this.#running;
    await this.release();
  }

  /** Lets go of the files without publishing; what `close` does at its end, and tests in place of a crash. */
  async release(): Promise<void> {
    await this.#packing.close();
    this.#map.close();
    this.#reader.close();
  }

  async #follow(): Promise<void> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      const more = this.#slice();
      if (more) {
        await new Promise((resolve) => setImmediate(resolve));
        await this.#packing.room();
        // A pack that is due waits for the one before it, so that there are never more than two.
        if (this.#isFull()) await this.#publishing;
        if (this.#reader.packs.length >= PACKS_URGENT) await this.#merge();
      } else if (this.#closing) {
        await this.#publishing;
        if (this.#failure === null && (await this.#finished())) return;
        await this.#sleep(this.#due());
      } else if (!(await this.#merge())) await this.#sleep(this.#due());
    }
  }

  /** Does some of what is to be done; false when it has caught up. */
  #slice(): boolean {
    this.#readSome();
    const caughtUp = this.#consumed >= this.#durable;
    if (caughtUp && this.#idle.sequence === this.#consumed) this.#build(this.#batcher.idle(this.#idle.micros));
    const commits = this.#builder.commits.length;
    // At the end the last batch joins what is built, see #finished.
    const quiet = caughtUp && !this.#closing && this.#due() === 0;
    if (this.#publishing !== null) return !caughtUp;
    if (commits > 0 && (this.#isFull() || quiet)) this.#publish();
    else if (caughtUp && commits === 0 && this.#batcher.first === undefined) this.#advanceCursor();
    return !caughtUp;
  }

  #isFull(): boolean {
    return this.#builder.commits.length >= PACK_COMMITS || this.#packing.pack.length >= this.#options.limits.archivePackBytes;
  }

  #readSome(): void {
    if (this.#consumed >= this.#durable) return;
    let entries = 0;
    let bytes = 0;
    for (const entry of this.#source.read(this.#durable)) {
      const { head } = entry;
      assert(head.sequence === this.#consumed + 1, "entries come in order, without gaps");
      this.#consumed = head.sequence;
      const effects = this.#unversioned.versioned(entry.effects);
      if (effects !== null) {
        const size = bodyBytes(effects);
        this.#build(this.#batcher.add({ head, effects, bytes: size }));
        bytes += size;
      }
      if (++entries >= SLICE_ENTRIES || bytes >= SLICE_BYTES) break;
    }
  }

  #build(batch: readonly VersionedEntry[] | null): void {
    if (batch !== null) this.#builder.build(batch);
  }

  /** Milliseconds until the next publication or sealing may happen; 0 = now. */
  #due(): number {
    const { clock } = this.#options;
    if (this.#closing) {
      const seals = this.#batcher.sealsAfter;
      const wait = seals === undefined ? 0 : Math.ceil((seals + 1 - clock.micros()) / 1000);
      return wait > SEAL_WAIT_MS ? 0 : Math.max(0, wait);
    }
    if (this.#builder.commits.length === 0 || this.#publishing !== null) return QUIET_MS * 100;
    const isSilent = this.#idle.sequence === this.#consumed;
    const soon = isSilent || this.#wanted > this.#published;
    return Math.max(0, (soon ? QUIET_MS : BUSY_MS) - (clock.elapsed() - this.#publishedAt));
  }

  /** Called when closing and caught up: seals what is open once nothing can join it; true when all is published. */
  async #finished(): Promise<boolean> {
    if (this.#batcher.first !== undefined) {
      if (this.#due() > 0) return false;
      this.#build(this.#batcher.seal());
    }
    if (this.#builder.commits.length > 0) this.#publish();
    await this.#publishing;
    if (this.#failure !== null) throw this.#failure;
    this.#advanceCursor();
    return true;
  }

  #publish(): void {
    const builder = this.#builder;
    const { head, notesHead, commits } = builder;
    const last = commits.at(-1);
    assert(head !== null && notesHead !== null && last !== undefined, "published commits have a head and notes");
    const after = this.#published;
    const until = (this.#batcher.first ?? this.#consumed + 1) - 1;
    const { generation } = this.#packing.pack;
    const records = commitRecords(after, until, commits);
    const entries = { records, lastCommitted: last.sequence, notes: notesHead, head, after, until };
    const done = this.#packing.publish(entries);
    builder.taken();
    if (done === undefined) {
      this.#isPublished(generation, until);
      return;
    }
    this.#publishing = done
      .then(() => this.#isPublished(generation, until))
      .catch((thrown: unknown) => {
        this.#failure = thrown;
      })
      .finally(() => {
        this.#publishing = null;
        this.#wakeUp();
      });
  }

  #isPublished(generation: number, until: number): void {
    this.#reader.refresh();
    this.#builder.evict(this.#options.limits.archiveTreeBytes, generation);
    this.#publishedAt = this.#options.clock.elapsed();
    this.#published = until;
    this.#options.onPublished?.(until);
  }

  /** Entries that make no commit were followed and nothing else is waiting. */
  #advanceCursor(): void {
    if (this.#consumed === this.#published) return;
    const { files, repository } = this.#options;
    this.#map.write(this.#published, commitRecords(this.#published, this.#consumed, []));
    writeCursor(files, archivePaths(repository).cursor, { sequence: this.#consumed, head: this.#builder.head ?? "" });
    this.#published = this.#consumed;
    this.#options.onPublished?.(this.#published);
  }

  /** Merges packs where that is worth it; whether it did. */
  async #merge(): Promise<boolean> {
    // A pack that lies there but is not published yet must not be merged: a crash would leave its objects for ever.
    await this.#publishing;
    const { files, repository, limits, clock } = this.#options;
    if (this.#retired.sweep(clock.micros()) > 0) this.#reader.refresh();
    const candidates = this.#reader.packs.filter((pack) => !this.#retired.has(pack.name));
    const chosen = packsToMerge(candidates, limits.archiveMergedPackBytes);
    if (chosen === null) return false;
    const stop = (): boolean => candidates.length < PACKS_URGENT && this.#consumed < this.#durable;
    const merged = await mergePacks(files, repository, chosen, stop);
    if (merged === null) return false;
    this.#retired.add(
      chosen.map((pack) => pack.name).filter((name) => name !== merged),
      merged,
      clock.micros(),
    );
    this.#reader.refresh();
    return true;
  }

  #wakeUp(): void {
    this.#signalled = true;
    this.#wake?.();
  }

  /** Until something happened since the last sleep, or `ms` milliseconds. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        this.#signalled = false;
        resolve();
      };
      if (this.#signalled) this.#wake();
    });
  }
}
