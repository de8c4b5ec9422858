// Packs whose objects lie in a merged pack now. They stay for a while, because a clone that is running may be about to open
// them (once open, deleting does it no harm), and are then deleted, but only while the merged pack is whole: a damaged one must not
// take its sound sources with it. The list survives restarts.
//
//   .chrondb/retired-packs: one line each, `pack-<name> <microseconds since 1970> pack-<merged into>`
import path from "node:path";
import { type Files, replaceFile } from "../base/files.ts";
import { packChecksum } from "./pack-checksum.ts";
import { archivePaths } from "./paths.ts";

export const RETIRED_MICROS = 60_000_000;

export class RetiredPacks {
  readonly #files: Files;
  readonly #list: string;
  readonly #packs: string;
  readonly #waiting = new Map<string, { readonly since: number; readonly merged: string }>();
  /** Merged packs found damaged: they are not read again and again. */
  readonly #damaged = new Set<string>();

  constructor(files: Files, repository: string) {
    this.#files = files;
    this.#list = archivePaths(repository).retired;
    this.#packs = archivePaths(repository).packs;
    for (const line of (files.readFile(this.#list)?.toString("latin1") ?? "").split("\n")) {
      const [, name, since, merged] = /^(pack-[0-9a-f]{40}) (\d{1,16}) (pack-[0-9a-f]{40})$/.exec(line) ?? [];
      if (name !== undefined && merged !== undefined) this.#waiting.set(name, { since: Number(since), merged });
    }
  }

  has(name: string): boolean {
    return this.#waiting.has(name);
  }

  get count(): number {
    return this.#waiting.size;
  }

  /** `names` are merged into `merged`. */
  add(names: readonly string[], merged: string, micros: number): void {
    for (const name of names) this.#waiting.set(name, { since: micros, merged });
    this.#save();
  }

  /** Deletes those whose time has come; answers how many. */
  sweep(micros: number): number {
    // A clock that was put back must not keep them for ever.
    const late = [...this.#waiting].filter(([, { since }]) => micros - since > RETIRED_MICROS || since > micros);
    const sound = new Set([...new Set(late.map(([, { merged }]) => merged))].filter((merged) => this.#isSound(merged)));
    const due = late.filter(([, { merged }]) => sound.has(merged)).map(([name]) => name);
    if (due.length === 0) return 0;
    const names = this.#files.list(this.#packs);
    for (const name of due) {
      // The index first: without it git does not look at the pack.
      const own = names
        .filter((file) => file.startsWith(`${name}.`))
        .sort((a, b) => Number(b.endsWith(".idx")) - Number(a.endsWith(".idx")));
      for (const file of own) this.#files.unlink(path.join(this.#packs, file));
      this.#waiting.delete(name);
    }
    this.#files.syncDirectory(this.#packs);
    this.#save();
    return due.length;
  }

  #isSound(name: string): boolean {
    if (this.#damaged.has(name)) return false;
    const file = path.join(this.#packs, `${name}.pack`);
    const sound = this.#files.stat(file) !== undefined && packChecksum(this.#files, file) !== null;
    if (!sound) this.#damaged.add(name);
    return sound;
  }

  #save(): void {
    const text = [...this.#waiting].map(([name, { since, merged }]) => `${name} ${since} ${merged}\n`).join("");
    replaceFile(this.#files, this.#list, Buffer.from(text, "latin1"));
  }
}
