// Refs as files. Moved the way git moves them: `<ref>.lock` made exclusively, synced, renamed over the ref, directory synced;
// so git's own commands and we keep out of each other's way, and a ref is never half written.
import path from "node:path";
import { ChronError } from "../base/errors.ts";
import type { Files } from "../base/files.ts";
import { OBJECT_ID, type ObjectId } from "./objects.ts";

/** Whether git would take this as a branch's name. */
export function isBranchName(name: string): boolean {
  if (name === "" || name === "@" || name.length > 200 || /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^-|[/.]$/.test(name))
    return false;
  return name.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"));
}

/** What a ref points to; null when there is no such ref. */
export function readRef(files: Files, repository: string, ref: string): ObjectId | null {
  const loose = files.readFile(path.join(repository, ref))?.toString("latin1").trim();
  if (loose !== undefined) {
    if (OBJECT_ID.test(loose)) return loose;
    throw new ChronError(
      "CORRUPT",
      `The ref ${ref} of ${repository} reads ${JSON.stringify(loose.slice(0, 60))}, which is no commit. Restore the file from a clone.`,
    );
  }
  // Somebody's `git pack-refs` gathers them here.
  const packed = files.readFile(path.join(repository, "packed-refs"))?.toString("latin1") ?? "";
  for (const line of packed.split("\n"))
    if (line.slice(41) === ref && OBJECT_ID.test(line.slice(0, 40))) return line.slice(0, 40);
  return null;
}

/** Moves a ref, durably. Throws LOCKED when somebody else is moving it. */
export function writeRef(files: Files, repository: string, ref: string, id: ObjectId): void {
  const file = path.join(repository, ref);
  const lock = `${file}.lock`;
  files.makeDirectory(path.dirname(file));
  let handle: ReturnType<Files["open"]>;
  try {
    handle = files.open(lock, "create");
  } catch (thrown) {
    if (files.stat(lock) === undefined) throw thrown;
    throw new ChronError(
      "LOCKED",
      `Somebody holds ${lock}, so ${ref} cannot move. If no git command is running there, remove the file.`,
    );
  }
  try {
    handle.write(Buffer.from(`${id}\n`, "latin1"), 0);
    handle.sync();
  } finally {
    handle.close();
  }
  files.rename(lock, file);
  files.syncDirectory(path.dirname(file));
}

/** Removes what a killed server left. Only while the archive's own lock is held. */
export function removeStaleLock(files: Files, repository: string, ref: string): void {
  const lock = path.join(repository, `${ref}.lock`);
  if (files.stat(lock) !== undefined) files.unlink(lock);
}
