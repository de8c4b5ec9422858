// A state database in a scratch folder, and short ways to write entries. Every close checks the file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { ColumnDefinition, Effect, Entry, EntryHead, Kind, PutEffect, TableDefinition } from "../../src/log/entry.ts";
import { checkState } from "../../src/state/check.ts";
import { type OpenStateOptions, openState } from "../../src/state/open.ts";
import type { StateStore } from "../../src/state/store.ts";

/** A path for a database; its folder goes when the test has ended. */
export function scratchPath(): string {
  const directory = mkdtempSync(join(tmpdir(), "chrondb-state-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "state.db");
}

/** A store that is closed, and its file checked, when the test has ended. */
export function scratchStore(options: Partial<OpenStateOptions> = {}): StateStore {
  const path = options.path ?? scratchPath();
  const store = openState({ ...options, path });
  onTestFinished(async () => {
    await store.close();
    expect(checkState(path).messages).toEqual([]);
  });
  return store;
}

/** The time of entry n is n milliseconds. */
export function head(sequence: number): EntryHead {
  return {
    sequence,
    time: sequence * 1000,
    branch: "main",
    txId: `tx-${sequence}`,
    origin: "rest",
    user: "ann",
    principal: "",
    requestId: "",
    flags: [],
    operation: "save",
    message: `Entry ${sequence}`,
    metadata: "",
  };
}

export function put(
  table: string,
  id: string,
  body: string | Buffer,
  options: { kind?: Kind; expiresAt?: number } = {},
): PutEffect {
  const kind = options.kind ?? (typeof body === "string" && body.startsWith("{") ? 0 : 1);
  return { op: "put", table, id, kind, body, expiresAt: options.expiresAt ?? 0 };
}

export function del(table: string, id: string): Effect {
  return { op: "delete", table, id };
}

export function define(
  table: string,
  columns: Record<string, string>,
  rest: { primaryKey?: string[]; unique?: string[][]; unversioned?: boolean } = {},
): Effect {
  const definition: TableDefinition = {
    table,
    columns: Object.entries(columns).map(
      ([name, type]): ColumnDefinition => ({ name, type, typmod: -1, notNull: false, default: null }),
    ),
    primaryKey: rest.primaryKey === undefined ? null : { name: `${table}_pkey`, columns: rest.primaryKey },
    unique: (rest.unique ?? []).map((names) => ({ name: `${table}_${names.join("_")}_key`, columns: names })),
    unversioned: rest.unversioned ?? false,
  };
  return { op: "define", table, definition };
}

export function drop(table: string): Effect {
  return { op: "define", table, definition: null };
}

/** One entry in a group of its own; answers it. */
export function write(store: StateStore, ...effects: Effect[]): Entry {
  const entry = { head: head(store.writer.sequence() + 1), effects };
  store.writer.begin();
  try {
    for (const effect of effects) store.writer.apply(entry.head.sequence, [effect]);
    store.writer.finish(entry.head);
    store.writer.commit();
  } catch (thrown) {
    store.writer.rollback();
    throw thrown;
  }
  return entry;
}
