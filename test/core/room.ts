// A tenant's writer over the real log and state in a scratch directory, with an archive that only counts. The log may lie on
// files that lose what was not synced (test/support/faulty-files.ts).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Archive } from "../../src/archive/contract.ts";
import { systemClock } from "../../src/base/clock.ts";
import { type Files, systemFiles } from "../../src/base/files.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/base/limits.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { Caller, Intent, RowRules } from "../../src/core/contract.ts";
import { TenantRuntime } from "../../src/core/tenant.ts";
import type { CommitLog } from "../../src/log/commit-log.ts";
import { openLog } from "../../src/log/writer.ts";
import { openState } from "../../src/state/open.ts";
import type { StateStore } from "../../src/state/store.ts";
import { type RecordedEvents, recordedEvents } from "../support/recorded-events.ts";

export const CALLER: Caller = { tenant: "chrondb", branch: "main", origin: "test", principal: "", user: "", address: "" };
export const INTENT: Intent = { operation: "save-document", message: "Save document", flags: [], requestId: "", metadata: {} };

/** Refuses nothing and fills nothing in. */
const NO_RULES: RowRules = { conform: (_definition, _id, body) => body };

/** Publishes at once what is durable; remembers the calls. */
export function countingArchive(): Archive & { readonly idles: number[] } {
  const listeners: ((sequence: number) => void)[] = [];
  const idles: number[] = [];
  let published = 0;
  const hash = (sequence: number): string => sequence.toString(16).padStart(40, "0");
  return {
    idles,
    get published() {
      return published;
    },
    durable: (sequence) => {
      published = sequence;
      for (const listener of listeners) listener(sequence);
    },
    idle: (micros) => idles.push(micros),
    commitOf: (sequence) => (sequence > 0 && sequence <= published ? hash(sequence) : undefined),
    waitFor: async (sequence) => hash(sequence),
    findCommit: async () => [],
    check: async () => ({ ok: true, messages: [], refs: {} }),
    bytes: () => 0,
    onPublished: (listener) => listeners.push(listener),
    onProblem: () => undefined,
    close: async () => undefined,
  };
}

export interface Room {
  readonly tenant: TenantRuntime;
  readonly state: StateStore;
  readonly log: CommitLog;
  readonly archive: ReturnType<typeof countingArchive>;
  readonly events: RecordedEvents;
  readonly fatal: string[];
  readonly directory: string;
  remove(): void;
}

export async function openRoom(
  options: {
    directory?: string;
    files?: Files;
    limits?: Partial<Limits>;
    rules?: RowRules;
    freshState?: boolean;
    wrapLog?: (log: CommitLog) => CommitLog;
    readOnly?: () => string | null;
    /** Changes by key are decided in memory from the first one on. */
    behind?: boolean;
  } = {},
): Promise<Room> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "chrondb-core-"));
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const statePath = join(directory, "state.db");
  if (options.freshState === true) for (const end of ["", "-wal", "-shm"]) rmSync(`${statePath}${end}`, { force: true });
  const opened = openLog({
    directory: join(directory, "log"),
    files: options.files ?? systemFiles,
    limits: { logSegmentBytes: 1 << 20 },
  });
  const log = options.wrapLog?.(opened) ?? opened;
  const fatal: string[] = [];
  const onFatal = (error: { code: string }): void => void fatal.push(error.code);
  const behind = options.behind === true ? { worthAThread: 1 } : {};
  const state = openState({ path: statePath, limits, onFailure: onFatal, ...behind });
  if (options.behind === true) {
    state.memory.note(0);
    while (!state.memory.ready) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const archive = countingArchive();
  const events = recordedEvents();
  const tenant = await TenantRuntime.open({
    name: "chrondb",
    directory,
    branch: "main",
    log,
    state,
    archive,
    rules: options.rules ?? NO_RULES,
    events,
    limits,
    clock: systemClock,
    random: systemRandom,
    readOnlyReason: options.readOnly ?? (() => null),
    onFatal,
  });
  return {
    tenant,
    state,
    log,
    archive,
    events,
    fatal,
    directory,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
