// Runs in a worker thread, on its own connection: copying the WAL into the database and waiting for the disk would hold the main
// thread for tens of milliseconds.
import { closeSync, existsSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import { present } from "../base/assert.ts";
import { messageOf } from "../base/errors.ts";

export interface CheckpointAnswer {
  /** Frames in the WAL, and how many of them are in the database now; -1 when another checkpoint was running. */
  readonly frames: number;
  readonly copied: number;
  /** "" = it went well. */
  readonly problem: string;
}

const port = present(parentPort, "the parent's port");
const path = (workerData as { path: string }).path;
const db = new Database(path, { fileMustExist: true });

port.on("message", () => {
  port.postMessage(checkpoint());
});

function checkpoint(): CheckpointAnswer {
  try {
    // What was committed before this is durable from here on, however much of it the checkpoint can copy while readers hold it
    // back. (The -wal file carries no locks that closing a descriptor could drop; the database file does.)
    if (existsSync(`${path}-wal`)) sync(`${path}-wal`);
    sync(dirname(path));
    const [result] = db.pragma("wal_checkpoint(PASSIVE)") as { busy: number; log: number; checkpointed: number }[];
    return { frames: result?.log ?? -1, copied: result?.checkpointed ?? -1, problem: "" };
  } catch (thrown) {
    return { frames: -1, copied: -1, problem: messageOf(thrown) };
  }
}

function sync(file: string): void {
  const fd = openSync(file, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
