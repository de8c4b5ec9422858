// A file system in memory that behaves as badly as a real one may: `crash()` loses what was not synced (sector by sector, in any
// order), directory changes need syncDirectory, a failed fsync marks what it could not write as clean (as Linux does), and the
// disk can be full. Faults are asked for through `fault`.
//
// Directories themselves are durable at once; everything else needs its sync.
import path from "node:path";
import { assert } from "../../src/base/assert.ts";
import { ChronError } from "../../src/base/errors.ts";
import type { FileLock, Files, OpenFile } from "../../src/base/files.ts";

const SECTOR = 512;

export type Operation = "open" | "read" | "write" | "sync" | "preallocate" | "rename" | "unlink" | "syncDirectory";

export function systemError(code: "ENOSPC" | "EIO" | "ENOENT" | "EEXIST" | "EBADF", file: string): Error {
  return Object.assign(new Error(`${code}: injected or simulated, ${file}`), { code });
}

class Inode {
  data: Buffer = Buffer.alloc(0);
  disk: Buffer = Buffer.alloc(0);
  /** Sectors of `data` that are not on `disk`. */
  dirty = new Set<number>();
  /** Contents taken by syncs that have not finished. */
  readonly flying = new Set<Map<number, Buffer>>();

  write(bytes: Buffer, at: number): void {
    if (at + bytes.length > this.data.length) this.data = resized(this.data, at + bytes.length);
    bytes.copy(this.data, at);
    for (let sector = Math.floor(at / SECTOR); sector * SECTOR < at + bytes.length; sector++) this.dirty.add(sector);
  }

  takeDirty(): Map<number, Buffer> {
    const taken = new Map<number, Buffer>();
    for (const sector of this.dirty) taken.set(sector, Buffer.from(this.data.subarray(sector * SECTOR, (sector + 1) * SECTOR)));
    this.dirty.clear();
    return taken;
  }

  toDisk(sectors: Iterable<[number, Buffer]>): void {
    const all = [...sectors];
    const end = all.reduce((most, [sector, bytes]) => Math.max(most, sector * SECTOR + bytes.length), 0);
    if (end > this.disk.length) this.disk = resized(this.disk, end);
    for (const [sector, bytes] of all) {
      bytes.copy(this.disk, sector * SECTOR);
      // A sync that began before and ends later must not put its older contents back.
      for (const taken of this.flying) taken.delete(sector);
    }
  }
}

function resized(bytes: Buffer, length: number): Buffer {
  const grown = Buffer.alloc(length);
  bytes.copy(grown, 0, 0, length);
  return grown;
}

interface NameChange {
  readonly directory: string;
  apply(names: Map<string, Inode>): void;
}

export class FaultyFiles implements Files {
  /** Called before each operation; an error it answers is thrown. A failing "sync" loses what it should have written. */
  fault: (operation: Operation, file: string) => Error | undefined = () => undefined;
  /** Bytes of all files together. */
  capacity = Number.POSITIVE_INFINITY;
  /** Every operation, for tests of order. */
  readonly trace: string[] = [];
  #names = new Map<string, Inode>();
  #namesOnDisk = new Map<string, Inode>();
  #changes: NameChange[] = [];
  readonly #locks = new Set<string>();
  #life = 0;

  /** The machine loses power: `keep()` says, for each unsynced sector and directory change in order, whether it had reached the disk. */
  crash(keep: () => boolean): void {
    this.#life++;
    for (const change of this.#changes) {
      if (!keep()) break;
      change.apply(this.#namesOnDisk);
    }
    this.#changes = [];
    const inodes = new Set([...this.#names.values(), ...this.#namesOnDisk.values()]);
    for (const inode of inodes) {
      const unsynced = [...inode.flying, inode.takeDirty()].flatMap((sectors) => [...sectors]);
      inode.toDisk(unsynced.filter(() => keep()));
      inode.flying.clear();
      inode.data = Buffer.from(inode.disk);
    }
    this.#names = new Map(this.#namesOnDisk);
    this.#locks.clear();
  }

  /** The process dies, the machine does not: nothing is lost but handles. */
  kill(): void {
    this.#life++;
    this.#locks.clear();
  }

  /** Contents as a reader sees them now; changing them changes the file and its disk (bit rot). */
  rot(file: string, change: (bytes: Buffer) => void): void {
    const inode = this.#inode(file);
    change(inode.data);
    inode.disk = Buffer.from(inode.data);
    inode.dirty.clear();
  }

  open(file: string, access: "read" | "write" | "create"): OpenFile {
    this.#begin("open", file);
    if (access === "create") this.#create(file);
    const inode = this.#inode(file);
    const life = this.#life;
    const alive = (): void => {
      if (life !== this.#life || closed) throw systemError("EBADF", file);
    };
    let closed = false;
    const write = (bytes: Buffer, at: number): void => {
      alive();
      assert(access !== "read", "the file is open for writing");
      this.#begin("write", file);
      const growth = at + bytes.length - inode.data.length;
      if (growth > 0) this.#room(growth, file);
      inode.write(bytes, at);
    };
    const syncFault = (): Error | undefined => {
      this.trace.push(`sync ${path.basename(file)}`);
      const error = this.fault("sync", file);
      if (error !== undefined) inode.dirty.clear();
      return error;
    };
    const sync = (): void => {
      alive();
      const error = syncFault();
      if (error !== undefined) throw error;
      inode.toDisk(inode.takeDirty());
    };
    return {
      path: file,
      read: (into, at) => {
        alive();
        this.#begin("read", file);
        return at >= inode.data.length ? 0 : inode.data.copy(into, 0, at, Math.min(inode.data.length, at + into.length));
      },
      write,
      append: (bytes) => write(bytes, inode.data.length),
      size: () => inode.data.length,
      truncate: (size) => {
        alive();
        inode.data = resized(inode.data, size);
        inode.disk = resized(inode.disk, Math.min(size, inode.disk.length));
      },
      syncData: sync,
      sync,
      syncDataLater: async () => {
        alive();
        const error = syncFault();
        const taken = inode.takeDirty();
        inode.flying.add(taken);
        await new Promise((resolve) => setImmediate(resolve));
        if (life !== this.#life) throw systemError("EBADF", file);
        inode.flying.delete(taken);
        if (error !== undefined) throw error;
        inode.toDisk(taken);
      },
      close: () => {
        closed = true;
      },
    };
  }

  readFile(file: string): Buffer | undefined {
    const inode = this.#names.get(file);
    return inode && Buffer.from(inode.data);
  }

  preallocate(file: string, size: number): void {
    this.#begin("preallocate", file);
    this.#room(size, file);
    const inode = this.#create(file);
    inode.write(Buffer.alloc(size), 0);
    inode.toDisk(inode.takeDirty());
  }

  async preallocateLater(file: string, size: number, abandoned: () => boolean): Promise<boolean> {
    const life = this.#life;
    await new Promise((resolve) => setImmediate(resolve));
    if (abandoned() || life !== this.#life) return false;
    this.preallocate(file, size);
    return true;
  }

  rename(from: string, to: string): void {
    this.#begin("rename", from);
    this.#inode(from);
    this.#change(path.dirname(to), (names) => {
      const inode = names.get(from);
      if (inode === undefined) return;
      names.delete(from);
      names.set(to, inode);
    });
  }

  unlink(file: string): void {
    this.#begin("unlink", file);
    this.#inode(file);
    this.#change(path.dirname(file), (names) => void names.delete(file));
  }

  list(directory: string): string[] {
    return [...this.#names.keys()]
      .filter((file) => path.dirname(file) === directory)
      .map((file) => path.basename(file))
      .sort();
  }

  makeDirectory(): void {
    // Directories are implied by their files.
  }

  stat(file: string): { size: number; directory: boolean; mode: number } | undefined {
    const inode = this.#names.get(file);
    return inode && { size: inode.data.length, directory: false, mode: 0o600 };
  }

  syncDirectory(directory: string): void {
    this.#begin("syncDirectory", directory);
    for (const change of this.#changes) if (change.directory === directory) change.apply(this.#namesOnDisk);
    this.#changes = this.#changes.filter((change) => change.directory !== directory);
  }

  space(): { freeBytes: number; totalBytes: number } {
    return { freeBytes: this.capacity - this.#used(), totalBytes: this.capacity };
  }

  lock(file: string): FileLock {
    if (this.#locks.has(file)) throw new ChronError("LOCKED", `Another server holds ${file}.`);
    this.#locks.add(file);
    return { release: () => void this.#locks.delete(file) };
  }

  #begin(operation: Operation, file: string): void {
    if (operation !== "read") this.trace.push(`${operation} ${path.basename(file)}`);
    const error = this.fault(operation, file);
    if (error !== undefined) throw error;
  }

  #create(file: string): Inode {
    if (this.#names.has(file)) throw systemError("EEXIST", file);
    const inode = new Inode();
    this.#change(path.dirname(file), (names) => void names.set(file, inode));
    return inode;
  }

  #change(directory: string, apply: (names: Map<string, Inode>) => void): void {
    apply(this.#names);
    this.#changes.push({ directory, apply });
  }

  #inode(file: string): Inode {
    const inode = this.#names.get(file);
    if (inode === undefined) throw systemError("ENOENT", file);
    return inode;
  }

  #used(): number {
    return [...new Set(this.#names.values())].reduce((sum, inode) => sum + inode.data.length, 0);
  }

  #room(bytes: number, file: string): void {
    if (this.#used() + bytes > this.capacity) throw systemError("ENOSPC", file);
  }
}
