// Real clients and peers that tests drive. On a machine that lacks one, the tests that need it are skipped, by name; with
// CI=true they fail instead. bin/test installs what is missing when it runs as root.
import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { TestRunner } from "vitest";

const POSTGRES_HOME = "/usr/lib/postgresql";

/** Debian keeps PostgreSQL's server programs out of PATH. */
function folders(): string[] {
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  try {
    return [...path, ...readdirSync(POSTGRES_HOME).map((version) => join(POSTGRES_HOME, version, "bin"))];
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return path;
    throw thrown;
  }
}

/** Absolute path of a program; null when it is not installed. */
export function findClient(name: string): string | null {
  for (const folder of folders()) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
    }
  }
  return null;
}

const isStrict = process.env["CI"] === "true";

/** For `describe.skipIf(!hasClient("psql"))`, where a whole suite needs it. Throws with CI=true instead of answering false. */
export function hasClient(name: string): boolean {
  if (findClient(name) !== null) return true;
  if (isStrict) throw new Error(missing(name));
  return false;
}

/** The program's path. Inside a test: skips it when the program is missing, or fails it with CI=true. */
export function requireClient(name: string): string {
  const path = findClient(name);
  if (path !== null) return path;
  const test = TestRunner.getCurrentTest();
  if (isStrict || test === undefined) throw new Error(missing(name));
  return test.context.skip(`needs ${name}`);
}

function missing(name: string): string {
  return `The program ${name} is not installed; as root bin/test installs what tests need (redis-tools, redis-server, postgresql-client, postgresql).`;
}
