// `.chrondb/commits.map`: from an entry's sequence to its commit, 20 raw bytes each at (sequence - 1) * 20. Zeros stand for an
// entry that has no commit (it only touched unversioned tables). Bytes past the published sequence mean nothing. It holds
// nothing that git does not: it is rebuilt from the commits' trailers when it is missing or does not match.
import type { Files, OpenFile } from "../base/files.ts";
import type { ObjectId } from "./objects.ts";

const WIDTH = 20;
const NONE = "0".repeat(40);

export interface EntryCommit {
  readonly sequence: number;
  readonly commit: ObjectId;
}

/** What the map holds for the entries after `after` up to `until`; entries not named have no commit. */
export function commitRecords(after: number, until: number, commits: readonly EntryCommit[]): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc((until - after) * WIDTH);
  for (const { sequence, commit } of commits) bytes.write(commit, (sequence - 1 - after) * WIDTH, "hex");
  return bytes;
}

export class CommitMap {
  readonly #file: OpenFile;

  constructor(files: Files, path: string, access: "read" | "write") {
    if (access === "write" && files.stat(path) === undefined) files.open(path, "create").close();
    this.#file = files.open(path, access);
  }

  /** Undefined when the entry has no commit, or the map does not reach it. */
  get(sequence: number): ObjectId | undefined {
    const bytes = Buffer.alloc(WIDTH);
    if (sequence < 1 || this.#file.read(bytes, (sequence - 1) * WIDTH) < WIDTH) return undefined;
    const id = bytes.toString("hex");
    return id === NONE ? undefined : id;
  }

  /** Entries the file has room for. */
  get length(): number {
    return Math.floor(this.#file.size() / WIDTH);
  }

  /** Writes what commitRecords made of the entries after `after`. Synced. */
  write(after: number, records: Buffer): void {
    this.#file.write(records, after * WIDTH);
    this.#file.sync();
  }

  truncate(sequence: number): void {
    this.#file.truncate(sequence * WIDTH);
  }

  close(): void {
    this.#file.close();
  }
}
