// Settings from the environment: `CHRONDB_*`, and `CHRONDB_*_FILE` naming a file that holds a secret.
import { readFileSync } from "node:fs";
import { ChronError, messageOf } from "../base/errors.ts";
import { SETTINGS, UNBUILT } from "./table.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A value and what to call the place it came from in an error. */
export interface Found {
  readonly value: unknown;
  readonly source: string;
}

/** `CHRONDB_HOST` stands for the host of every door. */
export const HOST_VARIABLE = "CHRONDB_HOST";
export const CONFIG_VARIABLE = "CHRONDB_CONFIG";

export function readEnvironment(env: Environment): Map<string, Found> {
  const found = new Map<string, Found>();
  const host = env[HOST_VARIABLE];
  for (const row of SETTINGS) {
    if (host !== undefined && row.kind === "host") found.set(row.path, { value: host, source: HOST_VARIABLE });
    const value = env[row.env];
    if (value !== undefined) found.set(row.path, { value, source: row.env });
    if (row.secret !== true) continue;
    const fileVariable = `${row.env}_FILE`;
    const file = env[fileVariable];
    if (file === undefined) continue;
    if (value !== undefined) {
      throw new ChronError("INVALID_CONFIG", `Both ${row.env} and ${fileVariable} are set; keep one of them.`);
    }
    found.set(row.path, { value: readSecret(fileVariable, file), source: fileVariable });
  }
  for (const row of UNBUILT) {
    const value = env[row.env];
    if (value !== undefined) found.set(row.path, { value, source: row.env });
  }
  return found;
}

export function readSecret(variable: string, file: string): string {
  try {
    // One newline at the end is the editor's, not the secret's.
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (thrown) {
    throw new ChronError("INVALID_CONFIG", `${variable} names ${file}, which cannot be read: ${messageOf(thrown)}.`);
  }
}
