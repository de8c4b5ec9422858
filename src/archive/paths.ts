// Where the archive keeps its own files, beside git's, in the folder that git ignores.
import path from "node:path";

export const NOTES_REF = "refs/notes/chrondb";

export interface ArchivePaths {
  /** `.chrondb` of the repository. */
  readonly own: string;
  /** Packs being written, before they have a name in git. */
  readonly temporary: string;
  readonly packs: string;
  readonly commitMap: string;
  /** Name of the pack being published (publication.ts). */
  readonly publishing: string;
  /** The last entry seen, where entries without a commit follow the head (cursor.ts). */
  readonly cursor: string;
  /** Packs whose objects lie in a merged one, waiting to be deleted (retired.ts). */
  readonly retired: string;
  readonly lock: string;
}

export function archivePaths(repository: string): ArchivePaths {
  const own = path.join(repository, ".chrondb");
  return {
    own,
    temporary: path.join(own, "packing"),
    packs: path.join(repository, "objects", "pack"),
    commitMap: path.join(own, "commits.map"),
    publishing: path.join(own, "publishing"),
    cursor: path.join(own, "archive.cursor"),
    retired: path.join(own, "retired-packs"),
    lock: path.join(own, "archive.lock"),
  };
}

export function headRef(branch: string): string {
  return `refs/heads/${branch}`;
}
