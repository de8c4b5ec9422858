// Commits into git, by the archive's own process, against git fast-import and isomorphic-git.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Comparison, compare } from "../measure.ts";
import { fastImport, isomorphicGit } from "../peers/git.ts";

const PROGRAM = fileURLToPath(new URL("../archive-rate.ts", import.meta.url));

/** Commits a second of the archive alone over `entries` entries, of `keys` documents (0 = each its own). Also bytes a commit. */
export async function measureArchive(entries: number, keys = 0): Promise<{ rate: number; bytes: number }> {
  const out = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [PROGRAM, String(entries), String(keys)], { maxBuffer: 1 << 20 }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
  const [, rate, bytes] = /: (\d+) commits\/s, (\d+) bytes a commit/.exec(out) ?? [];
  return { rate: Number(rate), bytes: Number(bytes) };
}

export async function archiveCases(rounds: number): Promise<Comparison[]> {
  let bytes = 0;
  const at = (entries: number) => ({
    name: "chrondb",
    run: async () => {
      const measured = await measureArchive(entries);
      bytes = measured.bytes;
      return measured.rate;
    },
  });
  const fast = await compare({ work: "commits into git, 100,000", unit: "commits/s", goal: "≥ 6", rounds }, at(100_000), {
    name: "git fast-import",
    run: () => fastImport(100_000),
  });
  const library = await compare({ work: "commits into git, 1,000", unit: "commits/s", goal: "≥ 300", rounds }, at(1_000), {
    name: "isomorphic-git",
    run: () => isomorphicGit(1_000),
  });
  return [{ ...fast, note: `${bytes} bytes a commit at 100,000` }, library];
}
