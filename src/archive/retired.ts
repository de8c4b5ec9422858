// Packs whose objects lie in a merged pack now. They stay for a while, because a clone that is running may be about to open
// them (once open, deleting does it no harm), and are then deleted. The list survives restarts.
//
//   .chrondb/retired-packs: one line each, `pack-<name> <microseconds since 1970>`
import path from "node:path";
import { type Files, replaceFile } from "../base/files.ts";
import { archivePaths } from "./paths.ts";

export const RETIRED_MICROS = 60_000_000;

export class RetiredPacks {
  readonly #files: Files;
  readonly #list: string;
  readonly #packs: string;
  readonly #since = new Map<string, number>();

  constructor(files: Files, repository: string) {
    this.#files = files;
    this.#list = archivePaths(repository).retired;
    this.#packs = archivePaths(repository).packs;
    for (const line of (files.readFile(this.#list)?.toString("latin1") ?? "").split("\n")) {
      const match = /^(pack-[0-9a-f]{40}) (\d{1,16})$/.exec(line);
      if (match !== null) this.#since.set(match[1] as string, Number(match[2]));
    }
  }

  has(name: string): boolean {
    return this.#since.has(name);
  }

  get count(): number {
    return this.#since.size;
  }

  add(names: readonly string[], micros: number): void {
    for (const name of names) this.#since.set(name, micros);
    this.#save();
  }

  /** Deletes those whose time has come; answers how many. */
  sweep(micros: number): number {
    // A clock that was put back must not keep them for ever.
    const due = [...this.#since].filter(([, since]) => micros - since > RETIRED_MICROS || since > micros).map(([name]) => name);
    if (due.length === 0) return 0;
    const names = this.#files.list(this.#packs);
    for (const name of due) {
      // The index first: without it git does not look at the pack.
      const own = names
        .filter((file) => file.startsWith(`${name}.`))
        .sort((a, b) => Number(b.endsWith(".idx")) - Number(a.endsWith(".idx")));
      for (const file of own) this.#files.unlink(path.join(this.#packs, file));
      this.#since.delete(name);
    }
    this.#files.syncDirectory(this.#packs);
    this.#save();
    return due.length;
  }

  #save(): void {
    const text = [...this.#since].map(([name, since]) => `${name} ${since}\n`).join("");
    replaceFile(this.#files, this.#list, Buffer.from(text, "latin1"));
  }
}
