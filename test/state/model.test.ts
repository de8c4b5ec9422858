// Random entries against a model that keeps every state whole: puts, deletes, declarations, drops, several changes of one document
// in an entry, savepoints given up, groups given up, closing and opening. Every state must be read back, by four kinds of reader.
import { randomInt } from "node:crypto";
import { expect, it } from "vitest";
import type { Effect, Entry, Kind } from "../../src/log/entry.ts";
import { checkState } from "../../src/state/check.ts";
import { compareStates } from "../../src/state/compare.ts";
import { openReader, openState } from "../../src/state/open.ts";
import { rebuildState } from "../../src/state/rebuild.ts";
import { type StateReader, type StateStore, UniqueConflict, type Version } from "../../src/state/store.ts";
import { define, del, drop, head, put, scratchPath } from "./support.ts";

interface Held {
  readonly kind: Kind;
  readonly body: string | Buffer;
  readonly expiresAt: number;
  readonly from: number;
}
type Model = Map<string, Map<string, Held>>;

const TABLES = ["user", "city", "über", "default"];
const IDS = ["1", "2", "a", "a/b", "ab", "é", "é1", "\u{1f600}", "z", "z".repeat(1024)];

function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const copyOf = (model: Model): Model => new Map([...model].map(([table, documents]) => [table, new Map(documents)]));
const inByteOrder = (ids: Iterable<string>): string[] =>
  [...ids].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
const shown = (version: Version | undefined): Held | undefined =>
  version && { kind: version.kind, body: version.body, expiresAt: version.expiresAt, from: version.from };

class Run {
  readonly path = scratchPath();
  readonly random: (below: number) => number;
  store: StateStore = openState({ path: this.path });
  model: Model = new Map();
  declared = new Set<string>();
  /** The state after each entry; 0 = the beginning. */
  readonly states: Model[] = [new Map()];
  readonly entries: Entry[] = [];

  constructor(seed: number) {
    this.random = generator(seed);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.random(choices.length)] as T;
  }

  effect(sequence: number): Effect {
    const table = this.pick(TABLES);
    const id = this.pick(IDS);
    const dice = this.random(100);
    if (dice < 20) return del(table, id);
    if (dice < 23) return define(table, { email: "text", n: "numeric" }, this.random(2) === 0 ? { unique: [["email"]] } : {});
    if (dice < 26) return drop(table);
    const expiresAt = this.random(5) === 0 ? 1 + this.random(1000) : 0;
    const text = `{"email":"e${sequence}-${this.random(1_000_000)}","n":${this.pick(["1", "1.10", "null", "true", "[1]", '"x"'])}}`;
    if (this.declared.has(table) || dice < 70) return put(table, id, text, { expiresAt });
    if (dice < 80) return put(table, id, text, { kind: 2, expiresAt });
    return put(
      table,
      id,
      this.pick<string | Buffer>(["text", "", "nul\u0000inside", "\u{1f600}", Buffer.from([0, 255, 1]), Buffer.alloc(3000, 7)]),
      { expiresAt },
    );
  }

  /** What the effect does to the model; false when it is not to be tried: strings cannot be in a table with constraints. */
  change(sequence: number, effect: Effect): boolean {
    if (effect.op === "put") {
      const documents = this.model.get(effect.table) ?? new Map<string, Held>();
      this.model.set(effect.table, documents);
      documents.set(effect.id, { kind: effect.kind, body: effect.body, expiresAt: effect.expiresAt, from: sequence });
    } else if (effect.op === "delete") this.model.get(effect.table)?.delete(effect.id);
    else if (effect.op === "define" && effect.definition === null) {
      this.model.delete(effect.table);
      this.declared.delete(effect.table);
    } else if (effect.op === "define") {
      if ([...(this.model.get(effect.table)?.values() ?? [])].some((held) => held.kind === 1)) return false;
      this.declared.add(effect.table);
      if (!this.model.has(effect.table)) this.model.set(effect.table, new Map());
    }
    return true;
  }

  /** Applies one transaction's effects; answers those that hold. */
  transaction(sequence: number): Effect[] {
    const { writer } = this.store;
    const before = { model: copyOf(this.model), declared: new Set(this.declared) };
    writer.savepoint();
    const effects: Effect[] = [];
    for (let left = 1 + this.random(6); left > 0; left--) {
      const effect = this.effect(sequence);
      if (!this.change(sequence, effect)) continue;
      writer.apply(sequence, [effect]);
      effects.push(effect);
    }
    if (effects.length === 0 || this.random(8) === 0) {
      writer.rollbackToSavepoint();
      this.model = before.model;
      this.declared = before.declared;
      return [];
    }
    writer.release();
    return effects;
  }

  group(): void {
    const { writer } = this.store;
    const first = this.states.length;
    const before = { model: copyOf(this.model), declared: new Set(this.declared) };
    const made: Entry[] = [];
    const states: Model[] = [];
    writer.begin();
    for (let left = 1 + this.random(5); left > 0; left--) {
      const sequence = first + made.length;
      const effects = this.transaction(sequence);
      if (effects.length === 0) continue;
      writer.finish(head(sequence));
      made.push({ head: head(sequence), effects });
      states.push(copyOf(this.model));
    }
    // The writer sees its group, the reader does not.
    this.sees(writer, this.model, 0);
    this.sees(this.store.reader, before.model, 0);
    if (this.random(6) === 0) {
      writer.rollback();
      this.model = before.model;
      this.declared = before.declared;
    } else {
      writer.commit();
      this.entries.push(...made);
      this.states.push(...states);
    }
    this.sees(this.store.reader, this.model, 0);
  }

  sees(reader: StateReader, model: Model, sequence: number): void {
    for (const table of TABLES) {
      const documents = model.get(table) ?? new Map<string, Held>();
      const ids = inByteOrder(documents.keys());
      const get = (id: string) => shown(sequence === 0 ? reader.get(table, id) : reader.getAt(table, id, sequence));
      const list = (options: { after?: string; prefix?: string; limit: number }) =>
        (sequence === 0 ? reader.list(table, options) : reader.listAt(table, sequence, options)).map((version) => version.id);
      for (const id of IDS) expect(get(id)).toEqual(documents.get(id));
      expect(list({ limit: 100 })).toEqual(ids);
      const after = this.pick(IDS);
      const prefix = this.pick(["", "a", "é", "\u{1f600}", "zz"]);
      const wanted = ids.filter((id) => id.startsWith(prefix) && Buffer.compare(Buffer.from(id), Buffer.from(after)) > 0);
      expect(list({ after, prefix, limit: 3 })).toEqual(wanted.slice(0, 3));
      if (sequence !== 0) continue;
      const live = [...documents.values()].filter((held) => held.expiresAt === 0 || held.expiresAt > 500);
      expect(reader.count(500, table)).toBe(live.length);
    }
    if (sequence !== 0) return;
    const held = [...model.values()].flatMap((documents) => [...documents.values()]);
    expect(reader.count(500)).toBe(held.filter((one) => one.expiresAt === 0 || one.expiresAt > 500).length);
    expect(reader.expired(500, 1000).map((gone) => gone.expiresAt)).toEqual(
      held
        .map((one) => one.expiresAt)
        .filter((at) => at > 0 && at <= 500)
        .sort((one, other) => one - other),
    );
    this.scans(reader, held.length);
  }

  scans(reader: StateReader, documents: number): void {
    const seen = new Set<string>();
    let after: { tid: number; id: string } | null = null;
    for (;;) {
      const page = reader.scan(after, 3);
      for (const { table, version } of page) seen.add(`${table}:${version.id}`);
      const last = page.at(-1);
      if (last === undefined) break;
      after = { tid: last.tid, id: last.version.id };
    }
    expect(seen.size).toBe(documents);
  }

  /** The versions that the states tell of a document, newest first. */
  versions(table: string, id: string): number[] {
    const found: number[] = [];
    for (const state of this.states) {
      const from = state.get(table)?.get(id)?.from;
      if (from !== undefined && found[0] !== from) found.unshift(from);
    }
    return found;
  }

  pastHolds(reader: StateReader): void {
    for (const [sequence, state] of this.states.entries())
      if (sequence > 0 && this.random(3) === 0) this.sees(reader, state, sequence);
    for (const table of TABLES) {
      for (const id of IDS) {
        const versions = this.versions(table, id);
        expect(reader.history(table, id, { limit: 1000 }).map((version) => version.from)).toEqual(versions);
        const before = this.random(this.states.length);
        const wanted = versions.filter((from) => from < before).slice(0, 2);
        expect(reader.history(table, id, { before, limit: 2 }).map((version) => version.from)).toEqual(wanted);
      }
    }
  }

  async reopen(): Promise<void> {
    await this.store.close();
    expect(checkState(this.path).messages).toEqual([]);
    this.store = openState({ path: this.path });
  }
}

/** What a record holds of several changes of one document: the last (see core/write-tx.ts). */
function settled(entry: Entry): Entry {
  if (entry.effects.some((effect) => effect.op === "define")) return entry;
  const last = new Map<string, Effect>();
  for (const effect of entry.effects) {
    if (effect.op !== "put" && effect.op !== "delete") continue;
    last.delete(`${effect.table}:${effect.id}`);
    last.set(`${effect.table}:${effect.id}`, effect);
  }
  return { head: entry.head, effects: [...last.values()] };
}

/** To see a failure again, put its seed here. */
const seeds = [randomInt(2 ** 31), randomInt(2 ** 31), 1];

it.each(seeds)("the state after every entry can be read for ever (seed %i)", async (seed) => {
  const run = new Run(seed);
  const lone = openReader(run.path);
  try {
    for (let round = 0; round < 40; round++) {
      run.group();
      run.sees(lone, run.model, 0);
      if (round % 10 === 9) await run.reopen();
    }
    run.pastHolds(run.store.reader);
    lone.snapshot(() => run.pastHolds(lone));
    run.pastHolds(run.store.writer);
    expect(run.store.reader.sequence()).toBe(run.entries.length);
  } finally {
    lone.close();
    await run.store.close();
  }
  // Replayed from its entries, the state is the same.
  const rebuilt = scratchPath();
  await rebuildState(rebuilt, run.entries.map(settled));
  expect(compareStates(run.path, rebuilt)).toEqual([]);
});

it("the model's declared tables do refuse what their constraints forbid", () => {
  const run = new Run(1);
  run.store.writer.begin();
  run.store.writer.apply(1, [define("user", { email: "text" }, { unique: [["email"]] }), put("user", "1", '{"email":"x"}')]);
  expect(() => run.store.writer.apply(1, [put("user", "2", '{"email":"x"}')])).toThrow(UniqueConflict);
  run.store.writer.rollback();
  return run.store.close();
});
