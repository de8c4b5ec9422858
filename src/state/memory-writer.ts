// Decides a group in memory: see MemoryWriter in store.ts. Reads of documents that are not in memory come from the reader, whose
// snapshot has everything that is not.
import type { Database } from "better-sqlite3";
import { assert } from "../base/assert.ts";
import type { Effect, EntryHead } from "../log/entry.ts";
import type { Behind } from "./behind.ts";
import type { Recent } from "./recent.ts";
import type { SharedReader } from "./shared-reader.ts";
import { type CatalogSnapshot, type MemoryWriter, NotInMemory, type Relation, type Version } from "./store.ts";

export class GroupInMemory implements MemoryWriter {
  #exceeded = false;
  readonly #recent: Recent;
  readonly #behind: Behind;
  readonly #reader: SharedReader;
  readonly #isDeclared: (table: string) => boolean;
  readonly #marks: number[] = [];
  #records: Buffer[] = [];
  #last = 0;

  constructor(parts: {
    readonly recent: Recent;
    readonly behind: Behind;
    readonly reader: SharedReader;
    readonly isDeclared: (table: string) => boolean;
  }) {
    this.#recent = parts.recent;
    this.#behind = parts.behind;
    this.#reader = parts.reader;
    this.#isDeclared = parts.isDeclared;
  }

  note(now: number): void {
    this.#behind.note(now);
  }

  get ready(): boolean {
    return this.#behind.ready;
  }

  get largestRecord(): number {
    return this.#behind.largestRecord;
  }

  fits(bytes: number): boolean {
    return this.#behind.fits(bytes);
  }

  get exceeded(): boolean {
    return this.#exceeded;
  }

  mark(): number {
    this.#exceeded = false;
    return this.#recent.staged;
  }

  backTo(mark: number): void {
    this.#exceeded = false;
    this.#marks.length = 0;
    this.#recent.undoTo(mark);
  }

  begin(): void {
    assert(this.#recent.staged === 0, "one group at a time");
  }

  savepoint(): void {
    this.#marks.push(this.#recent.staged);
  }

  release(): void {
    this.#marks.pop();
  }

  rollbackToSavepoint(): void {
    const mark = this.#marks.pop();
    if (mark !== undefined) this.#recent.undoTo(mark);
  }

  get(table: string, id: string): Version | undefined {
    const known = this.#recent.newest(table, id);
    return known === undefined ? this.#reader.get(table, id) : (known ?? undefined);
  }

  apply(sequence: number, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.op !== "put" && effect.op !== "delete") throw this.#notHere();
      if (this.#isDeclared(effect.table)) throw this.#notHere();
      const { table, id } = effect;
      if (effect.op === "delete") {
        this.#recent.stage(table, id, sequence, null);
        continue;
      }
      // Bytes are a view into what came from a socket, which is larger.
      const body = typeof effect.body === "string" ? effect.body : Buffer.from(effect.body);
      this.#recent.stage(table, id, sequence, {
        table,
        id,
        kind: effect.kind,
        body,
        expiresAt: effect.expiresAt,
        from: sequence,
        to: null,
      });
    }
  }

  finish(head: EntryHead, _encoded?: Buffer, record?: Buffer): void {
    assert(record, "a group in memory needs its records");
    this.#records.push(record);
    this.#last = head.sequence;
  }

  /** The records are durable. */
  commit(): void {
    const records = this.#records;
    this.#records = [];
    this.#marks.length = 0;
    this.#recent.publish(this.#last);
    this.#behind.hand(records, this.#last);
    this.#behind.look();
  }

  rollback(): void {
    this.#records = [];
    this.#marks.length = 0;
    this.#recent.undoTo(0);
  }

  get database(): Database {
    throw this.#notHere();
  }
  sequence(): number {
    throw this.#notHere();
  }
  snapshot<T>(): T {
    throw this.#notHere();
  }
  getAt(): Version | undefined {
    throw this.#notHere();
  }
  list(): Version[] {
    throw this.#notHere();
  }
  listAt(): Version[] {
    throw this.#notHere();
  }
  droppedSince(): { tid: number; name: string }[] {
    throw this.#notHere();
  }
  history(): Version[] {
    throw this.#notHere();
  }
  count(): number {
    throw this.#notHere();
  }
  scan(): { tid: number; table: string; version: Version }[] {
    throw this.#notHere();
  }
  expired(): { table: string; id: string; from: number; expiresAt: number }[] {
    throw this.#notHere();
  }
  head(): EntryHead | undefined {
    throw this.#notHere();
  }
  sequenceAt(): number {
    throw this.#notHere();
  }
  catalog(): CatalogSnapshot {
    throw this.#notHere();
  }
  relation(): Relation {
    throw this.#notHere();
  }
  pastRelation(): string {
    throw this.#notHere();
  }

  #notHere(): NotInMemory {
    this.#exceeded = true;
    return new NotInMemory();
  }
}
