// What SQLite throws, as refusals. Constraint failures are not here: unique.ts knows which constraint an index stands for.
import { ChronError, messageOf } from "../base/errors.ts";

/** SQLite's own code of a failure, `SQLITE_CORRUPT_VTAB`; "" when it is not SQLite's. */
export function sqliteCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" && thrown.code.startsWith("SQLITE_")
    ? thrown.code
    : "";
}

/** `thrown` as a refusal where SQLite threw it; anything else as it is. */
export function stateFailure(thrown: unknown, path: string): unknown {
  const code = sqliteCode(thrown);
  if (code === "") return thrown;
  const said = `${messageOf(thrown)} (${code})`;
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") return damaged(path, said);
  if (code === "SQLITE_FULL") {
    return new ChronError(
      "DISK_FULL",
      `The disk is full: the state database ${path} cannot grow. Free some space and try again.`,
    );
  }
  if (code.startsWith("SQLITE_IOERR") || code === "SQLITE_CANTOPEN" || code === "SQLITE_READONLY") {
    return new ChronError(
      "STORAGE_FAILED",
      `The state database ${path} cannot be read or written: ${said}. Check the disk, the directory and its permissions, then restart the server.`,
    );
  }
  if (code === "SQLITE_TOOBIG")
    return new ChronError("LIMIT_EXCEEDED", `A value is larger than the state database ${path} can hold: ${said}.`);
  return thrown;
}

export function damaged(path: string, what: string): ChronError {
  return new ChronError(
    "CORRUPT",
    `The state database ${path} is damaged: ${what}. It is derived data: stop the server and run \`chrondb rebuild\`, which makes it again from git and the log.`,
    { path },
  );
}
