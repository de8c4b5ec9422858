// Commits into git, by the archive's own process, against git fast-import and isomorphic-git.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fastImport, isomorphicGit } from "../git-peers.ts";
import { type Comparison, compare } from "../measure.ts";

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

/** Commits made before the peer's clock starts, as ours has made some: a library, too, is quicker once it has been compiled. */
const PEER_WARM_UP = 200;

export async function archiveCases(rounds: number): Promise<Comparison[]> {
  const bytes = new Map<number, number>();
  const at = (entries: number) => ({
    name: "chrondb",
    run: async () => {
      const measured = await measureArchive(entries);
      bytes.set(entries, measured.bytes);
      return measured.rate;
    },
  });
  const fast = await compare({ work: "commits into git, 100,000", unit: "commits/s", goal: "≥ 6", rounds }, at(100_000), {
    name: "git fast-import",
    run: () => fastImport(100_000),
  });
  const library = await compare({ work: "commits into git, 1,000", unit: "commits/s", goal: "≥ 300", rounds }, at(1_000), {
    name: "isomorphic-git",
    run: async () => {
      await isomorphicGit(PEER_WARM_UP);
      return isomorphicGit(1_000);
    },
  });
  return [
    { ...fast, note: `${bytes.get(100_000)} bytes a commit; both into a repository that was made before, fsyncs included` },
    { ...library, note: `both warmed up (ours by 10,000 commits of another table, the peer by ${PEER_WARM_UP})` },
  ];
}
