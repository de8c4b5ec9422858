// PostgreSQL's own regression suite, taken from the Debian source package of the installed server at run time and kept in an
// ignored folder: never a part of this repository.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../../support/source.ts";

const run = promisify(execFile);
const KEPT = join(ROOT, ".node/postgresql-regression");
const MIRROR = "http://deb.debian.org/debian";
const KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";
const MINUTES = 60_000;

/** The files judged, in the order of PostgreSQL's own schedule; test_setup makes the tables that others read. */
export const FILES: readonly string[] = (
  "test_setup boolean text int2 int4 int8 float8 numeric uuid strings date time timestamp timestamptz interval copy copyselect " +
  "insert insert_conflict select_into select_distinct select select_implicit select_having subselect union case join aggregates " +
  "transactions portals arrays update delete window json jsonb limit prepare returning with"
).split(" ");

export interface Suite {
  /** For messages: 15.18. */
  readonly version: string;
  script(file: string): string;
  /** The text of a file that scripts load, by its name in `data/`. */
  data(file: string): string | null;
  /** The folder of PostgreSQL's catalogue facts. */
  readonly catalog: string;
}

/** The suite, or the reason it cannot be had here. */
export async function findSuite(): Promise<Suite | string> {
  const version = await installedVersion();
  if (version === null) return "the Debian package postgresql-15 is not installed, so the version of its source is not known";
  const [number = ""] = version.split("-");
  const home = join(KEPT, number);
  if (!existsSync(join(home, "regress/sql"))) {
    try {
      await bring(version, home);
    } catch (thrown) {
      return `the source package of postgresql-15 ${version} could not be had: ${thrown instanceof Error ? thrown.message : thrown}`;
    }
  }
  const read = (path: string): string => readFileSync(path, "utf8");
  return {
    version: number,
    catalog: join(home, "catalog"),
    script: (file) => read(join(home, "regress/sql", `${file}.sql`)),
    data: (file) => {
      const path = join(home, "regress/data", file);
      return /^[\w.]+$/.test(file) && existsSync(path) ? read(path) : null;
    },
  };
}

async function installedVersion(): Promise<string | null> {
  try {
    return (await run("dpkg-query", ["-W", "-f", "$" + "{Version}", "postgresql-15"])).stdout.trim() || null;
  } catch (thrown) {
    if (thrown instanceof Error) return null;
    throw thrown;
  }
}

/** apt fetches and verifies the package, with lists of its own so that the machine's are not touched. */
async function bring(version: string, home: string): Promise<void> {
  mkdirSync(KEPT, { recursive: true });
  const work = mkdtempSync(join(KEPT, "download-"));
  try {
    const sources = join(work, "sources.list");
    writeFileSync(sources, `deb-src [signed-by=${KEYS}] ${MIRROR} bookworm main\n`);
    for (const folder of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(work, folder), { recursive: true });
    const options = [
      `Dir::Etc::sourcelist=${sources}`,
      "Dir::Etc::sourceparts=/dev/null",
      `Dir::State::lists=${join(work, "lists")}`,
      `Dir::Cache=${join(work, "cache")}`,
      "APT::Sandbox::User=root",
    ].flatMap((option) => ["-o", option]);
    const within = { cwd: work, timeout: 5 * MINUTES };
    await run("apt-get", [...options, "-qq", "update"], within);
    await run("apt-get", [...options, "-qq", "source", "--download-only", `postgresql-15=${version}`], within);
    const archive = `postgresql-15_${version.split("-")[0]}.orig.tar.bz2`;
    const wanted = ["*/src/test/regress/sql/*.sql", "*/src/test/regress/data/*.data", "*/src/include/catalog/*.dat"];
    await run("tar", ["-xjf", archive, "--wildcards", ...wanted], within);
    const unpacked = join(work, `postgresql-${version.split("-")[0]}`, "src");
    mkdirSync(join(work, "home"));
    renameSync(join(unpacked, "test/regress"), join(work, "home/regress"));
    renameSync(join(unpacked, "include/catalog"), join(work, "home/catalog"));
    if (!existsSync(home)) renameSync(join(work, "home"), home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
