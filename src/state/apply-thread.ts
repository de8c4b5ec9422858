// The thread that applies entries behind the writer: it takes records from the ring (ring.ts) and does with them what replay after a
// crash would do, with the same code, many in one SQLite transaction. It dawdles a little on purpose: the more versions share
// a commit, the fewer pages each of them writes.
import os from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { present } from "../base/assert.ts";
import { ChronError, messageOf } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { decodeForState } from "../log/codec.ts";
import { type RingMemory, RingReader } from "./ring.ts";
import { connect } from "./schema.ts";
import { Writer, type WriterHooks } from "./writer.ts";

export interface ApplyThreadData {
  readonly path: string;
  readonly limits: Limits;
  readonly ring: RingMemory;
}

/** What the thread tells; `drained` each time nothing is left. */
export type FromApplyThread =
  | { readonly type: "ready" }
  | { readonly type: "applied" }
  /** `code`: of a refusal; "" = it has none. */
  | { readonly type: "problem"; readonly code: string; readonly message: string };

/** Bytes of records that are worth a commit at once, and how long to wait for as many; milliseconds. */
const ENOUGH_BYTES = 8 * 1024 * 1024;
const DAWDLE_MS = 250;
const BATCH_ENTRIES = 32_768;
/** It gives way to those who wait for an answer. */
const NICENESS = 5;

const port = present(parentPort, "the parent's port");
const { path, limits, ring: memory } = workerData as ApplyThreadData;
const ring = new RingReader(memory);

/** This connection has no readers and no memory of documents. */
const NOTHING_IN_FRONT: WriterHooks = {
  touched: () => undefined,
  touchedTable: () => undefined,
  beforeCommit: () => undefined,
  afterGroup: () => undefined,
};

function tell(message: FromApplyThread): void {
  port.postMessage(message);
}

function run(): void {
  const db = connect({ path, access: "write", limits });
  try {
    // Before the writer reads anything: what the other side commits meanwhile must be seen as a later epoch.
    let epoch = ring.epoch;
    const writer = new Writer(db, path, limits, NOTHING_IN_FRONT);
    tell({ type: "ready" });
    while (ring.wait(DAWDLE_MS, ENOUGH_BYTES)) {
      if (ring.epoch !== epoch) {
        epoch = ring.epoch;
        writer.outdated();
      }
      let begun = false;
      const position = ring.read(BATCH_ENTRIES, (bytes, at) => {
        if (!begun) writer.begin();
        begun = true;
        const { sequence, time, head, effects } = decodeForState(bytes, at);
        writer.apply(sequence, effects);
        writer.finishEncoded(sequence, time, head);
      });
      if (begun) writer.commit();
      if (ring.takeStartOver()) startOver();
      ring.done(position, writer.catalogue.version);
      tell({ type: "applied" });
    }
  } finally {
    db.close();
  }

  /** Copies the rest of the WAL and cuts it to nothing, where no old snapshot forbids it; else the next checkpoint asks again. */
  function startOver(): void {
    db.pragma("busy_timeout = 0");
    try {
      db.pragma("wal_checkpoint(TRUNCATE)");
    } finally {
      db.pragma("busy_timeout = 5000");
    }
  }
}

try {
  // On Linux this is the priority of this thread alone; elsewhere it would be the whole process's.
  if (process.platform === "linux") os.setPriority(0, NICENESS);
} catch {
  // A sandbox may forbid it: then we run at the server's priority, which is only less polite.
}

try {
  run();
} catch (thrown) {
  ring.fail();
  tell({
    type: "problem",
    code: thrown instanceof ChronError ? thrown.code : "",
    message: messageOf(thrown),
  });
}
