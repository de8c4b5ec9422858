// A service in memory, for the tests of a door: the contract of core without log, state or git. Every write is kept as
// {caller, intent}, so that a test can look at what would reach the commit and the note.
import { createHash } from "node:crypto";
import { classifyText } from "../../src/base/document.ts";
import { ChronError } from "../../src/base/errors.ts";
import type {
  Caller,
  Committed,
  HistoryItem,
  Intent,
  PastState,
  ReadView,
  Service,
  ServiceStatus,
  Tenant,
  VerifyReport,
  WriteTx,
} from "../../src/core/contract.ts";
import type { TableInfo, Version } from "../../src/state/store.ts";

export interface FakeEntry {
  readonly sequence: number;
  readonly micros: number;
  readonly caller: Caller;
  readonly intent: Intent;
}

type ListOptions = { after?: string; prefix?: string; limit: number };

const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export class FakeTenant implements Tenant {
  readonly name: string;
  readonly entries: FakeEntry[] = [];
  /** All versions of each key, oldest first. */
  readonly #versions = new Map<string, Version[]>();
  /** Thrown by the next write, once. */
  nextWriteError: Error | null = null;
  /** Milliseconds each write takes. */
  delayMs = 0;
  commitError: Error | null = null;
  damaged = false;
  /** Writes submitted and not answered, now and at most. */
  pending = 0;
  mostPending = 0;

  constructor(name: string) {
    this.name = name;
  }

  get sequence(): number {
    return this.entries.length;
  }

  /** Forgets everything. */
  reset(): void {
    this.entries.length = 0;
    this.#versions.clear();
    this.nextWriteError = null;
    this.commitError = null;
    this.delayMs = 0;
    this.damaged = false;
  }

  current(table: string, id: string): Version | undefined {
    return this.#versionAt(table, id, this.sequence);
  }

  #versionAt(table: string, id: string, sequence: number): Version | undefined {
    return this.#versions.get(`${table}\0${id}`)?.find(({ from, to }) => from <= sequence && (to === null || to > sequence));
  }

  #view(sequence: number): ReadView {
    const all = (table?: string): Version[] =>
      [...this.#versions.values()]
        .flatMap((versions) => versions.filter(({ from, to }) => from <= sequence && (to === null || to > sequence)))
        .filter((version) => table === undefined || version.table === table)
        .sort((a, b) => order(a.id, b.id));
    const tables = (): Map<string, TableInfo> => {
      const names = [...this.#versions.values()].flatMap(([first]) => (first === undefined ? [] : [first.table]));
      return new Map([...new Set(names)].map((name, tid) => [name, { tid, name, definition: null, fields: [], kinds: 1 }]));
    };
    return {
      sequence,
      nowMs: 0,
      get: (table, id) => this.#versionAt(table, id, sequence),
      list: (table, { after, prefix, limit }: ListOptions) =>
        all(table)
          .filter(({ id }) => (prefix === undefined || id.startsWith(prefix)) && (after === undefined || order(id, after) > 0))
          .slice(0, limit),
      scan: (_after, limit) =>
        all()
          .slice(0, limit)
          .map((version) => ({ tid: 0, table: version.table, version })),
      count: (table) => all(table).length,
      catalog: () => ({ version: 1, tables: tables() }),
      get state(): never {
        throw new Error("the fake has no SQL");
      },
    };
  }

  read<T>(_caller: Caller, read: (view: ReadView) => T): T {
    return read(this.#view(this.sequence));
  }

  readAt<T>(_caller: Caller, past: PastState, read: (view: ReadView) => T): T {
    return read(this.#view(past.sequence));
  }

  async write<T>(caller: Caller, intent: Intent, change: (tx: WriteTx) => T): Promise<Committed<T>> {
    this.pending++;
    this.mostPending = Math.max(this.mostPending, this.pending);
    try {
      await new Promise((resolve) => setTimeout(resolve, this.delayMs));
      const error = this.nextWriteError;
      this.nextWriteError = null;
      if (error !== null) throw error;
      return this.#commit(caller, intent, change);
    } finally {
      this.pending--;
    }
  }

  writeByKey<T>(caller: Caller, intent: Intent, change: (tx: WriteTx) => T): Promise<Committed<T>> {
    return this.write(caller, intent, change);
  }

  settled(): null {
    return null;
  }

  async writeSliced<T>(caller: Caller, intent: Intent, change: (tx: WriteTx) => Generator<void, T>): Promise<Committed<T>> {
    return this.write(caller, intent, (tx) => {
      const steps = change(tx);
      for (;;) {
        const step = steps.next();
        if (step.done === true) return step.value;
      }
    });
  }

  #commit<T>(caller: Caller, intent: Intent, change: (tx: WriteTx) => T): Committed<T> {
    const sequence = this.sequence + 1;
    const puts = new Map<string, Version | null>();
    const flags = [...intent.flags];
    const view = this.#view(this.sequence);
    const keyed = (table: string, id: string): string => `${table}\0${id}`;
    const tx: WriteTx = Object.assign(Object.create(view) as ReadView, {
      sequence,
      time: sequence * 1_000_000,
      get: (table: string, id: string): Version | undefined => {
        const put = puts.get(keyed(table, id));
        return put === undefined ? view.get(table, id) : (put ?? undefined);
      },
      put: (table: string, id: string, body: string | Buffer, options: Parameters<WriteTx["put"]>[3] = {}): Version => {
        const kind = options.kind ?? (typeof body === "string" ? classifyText(body).kind : 1);
        const version: Version = { table, id, kind, body, expiresAt: options.expiresAt ?? 0, from: sequence, to: null };
        puts.set(keyed(table, id), version);
        return version;
      },
      delete: (table: string, id: string): boolean => {
        const there = tx.get(table, id) !== undefined;
        puts.set(keyed(table, id), null);
        return there;
      },
      define: () => undefined,
      drop: () => undefined,
      flag: (flag: string) => {
        flags.push(flag);
      },
    });
    const value = change(tx);
    if (puts.size === 0) return { value, version: this.sequence, changed: false };
    for (const [key, version] of puts) {
      const versions = this.#versions.get(key) ?? [];
      const last = versions.at(-1);
      if (last !== undefined && last.to === null) versions[versions.length - 1] = { ...last, to: sequence };
      if (version !== null) versions.push(version);
      this.#versions.set(key, versions);
    }
    this.entries.push({ sequence, micros: sequence * 1_000_000, caller, intent: { ...intent, flags } });
    return { value, version: sequence, changed: true };
  }

  async resolve(_caller: Caller, reference: string): Promise<PastState> {
    if (/^\d+$/.test(reference)) {
      const sequence = Number(reference);
      if (sequence < 1 || sequence > this.sequence) throw new ChronError("UNKNOWN_REFERENCE", `"${reference}" names no state.`);
      return { sequence, nowMs: sequence * 1000 };
    }
    const found = this.entries.find(({ sequence }) => fakeCommit(sequence).startsWith(reference));
    if (found === undefined) throw new ChronError("INVALID_REFERENCE", `"${reference}" names no past state.`);
    return { sequence: found.sequence, nowMs: found.sequence * 1000 };
  }

  async history(
    _caller: Caller,
    table: string,
    id: string,
    { before = Number.POSITIVE_INFINITY, limit }: { before?: number; limit: number },
  ): Promise<HistoryItem[]> {
    const versions = this.#versions.get(`${table}\0${id}`) ?? [];
    const found: { sequence: number; version: Version | undefined }[] = [];
    versions.forEach((version, index) => {
      found.push({ sequence: version.from, version });
      if (version.to !== null && versions[index + 1]?.from !== version.to)
        found.push({ sequence: version.to, version: undefined });
    });
    return found
      .reverse()
      .filter(({ sequence }) => sequence < before)
      .slice(0, limit)
      .map((item) => {
        const entry = this.entries[item.sequence - 1];
        return {
          ...item,
          commit: fakeCommit(item.sequence),
          micros: entry?.micros ?? 0,
          message: entry?.intent.message ?? "",
          user: entry?.caller.user ?? "",
          origin: entry?.caller.origin ?? "",
          flags: entry?.intent.flags ?? [],
        };
      });
  }

  async commitOf(sequence: number): Promise<string> {
    if (this.commitError !== null) throw this.commitError;
    return fakeCommit(sequence);
  }

  commitIfPublished(sequence: number): string | undefined {
    return fakeCommit(sequence);
  }

  archived(): Promise<void> {
    return Promise.resolve();
  }

  async verify(): Promise<VerifyReport> {
    const message = this.damaged ? "object 12ab is missing" : "fine";
    return {
      ok: !this.damaged,
      checks: [{ component: "archive", ok: !this.damaged, message }],
      checksum: "ab".repeat(32),
      refs: { "refs/heads/main": fakeCommit(this.sequence) },
    };
  }
}

/** The commit hash the fake gives a sequence. */
export function fakeCommit(sequence: number): string {
  return createHash("sha1").update(String(sequence)).digest("hex");
}

export class FakeService implements Service {
  readonly chrondb = new FakeTenant("chrondb");
  readonly tenants = ["chrondb"];

  tenant(name: string): FakeTenant {
    if (name !== "chrondb") throw new ChronError("UNKNOWN_TENANT", `database "${name}" does not exist`);
    return this.chrondb;
  }

  readOnlyReason(): null {
    return null;
  }

  status(): ServiceStatus {
    const { sequence } = this.chrondb;
    const documents = this.chrondb.read({} as Caller, (view) => view.count());
    const tenant = {
      name: "chrondb",
      documents,
      sequence,
      durable: sequence,
      archived: sequence,
      logBytes: 1,
      stateBytes: 2,
      archiveBytes: 3,
      problem: null,
    };
    return {
      version: "0.0.0-test",
      startedAtMs: 0,
      dataDirectory: "/data",
      defaultBranch: "main",
      tenants: [tenant],
      disk: { freeBytes: 1e12, totalBytes: 2e12 },
    };
  }
}
