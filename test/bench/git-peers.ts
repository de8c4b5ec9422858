// The peers of the archive: `git fast-import` (the fastest stock way to make many commits) and isomorphic-git (the library way).
// Both write what ChronDB writes: one commit with one changed document each, and one note for each commit.
import { spawn } from "node:child_process";
import fs, { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import git from "isomorphic-git";
import { run } from "./shell.ts";

export function documentText(at: number): string {
  return `{"name":"User number ${at}","age":${20 + (at % 60)},"dept":"dept${at % 20}","email":"user${at}@example.com","bio":"lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod ${at}"}`;
}

const noteText = (at: number): string => `{"tx":${at},"origin":"redis","timestamp":"2026-01-01T00:00:00Z","flags":["put"]}`;
const hex = (at: number): string => (Math.imul(at, 2654435761) >>> 0).toString(16).padStart(8, "0");
const pathOf = (at: number): string => `user/${hex(at).slice(0, 2)}/${hex(at).slice(2, 4)}/user${at}.json`;

/** Commits a second of `git fast-import` over `count` commits, its notes included. */
export async function fastImport(count: number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "chrondb-fast-import-"));
  await run("git", ["init", "-q", "--bare", "-b", "main", directory]);
  const started = performance.now();
  const child = spawn("git", ["--git-dir", directory, "fast-import", "--quiet", "--depth=50"], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const block = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  let pending = "";
  for (let at = 1; at <= count; at++) {
    const when = `${1_700_000_000 + at} +0000`;
    pending += `commit refs/heads/main\nmark :${at}\ncommitter ChronDB <chrondb@example.com> ${when}\n${block("Save document\n")}M 100644 inline ${pathOf(at)}\n${block(documentText(at))}\n`;
    if (at % 1000 === 0 || at === count) {
      const from = at - ((at - 1) % 1000);
      pending += `commit refs/notes/chrondb\ncommitter ChronDB <chrondb@example.com> ${when}\n${block("Notes\n")}`;
      for (let noted = from; noted <= at; noted++) pending += `N inline :${noted}\n${block(noteText(noted))}`;
      pending += "\n";
      if (!child.stdin.write(pending)) await new Promise((resolve) => child.stdin.once("drain", resolve));
      pending = "";
    }
  }
  child.stdin.end("done\n");
  const code = await ended;
  const seconds = (performance.now() - started) / 1000;
  rmSync(directory, { recursive: true, force: true });
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
  return count / seconds;
}

/** Commits a second of isomorphic-git writing loose objects: blob, trees, commit and note of each. */
export async function isomorphicGit(count: number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "chrondb-isomorphic-"));
  const repository = { fs, gitdir: directory };
  await git.init({ ...repository, bare: true, defaultBranch: "main", dir: directory });
  const author = { name: "ChronDB", email: "chrondb@example.com", timestamp: 1_700_000_000, timezoneOffset: 0 };
  // Trees are kept in memory and only the changed ones written, as a careful user of the library would.
  const roots = new Map<string, Map<string, Map<string, string>>>();
  const ids = new Map<string, string>();
  const started = performance.now();
  let parent: string | undefined;
  for (let at = 1; at <= count; at++) {
    const [, ab = "", cd = "", file = ""] = pathOf(at).split("/");
    const blob = await git.writeBlob({ ...repository, blob: Buffer.from(documentText(at)) });
    const middle = roots.get(ab) ?? new Map<string, Map<string, string>>();
    const leaf = middle.get(cd) ?? new Map<string, string>();
    leaf.set(file, blob);
    middle.set(cd, leaf);
    roots.set(ab, middle);
    const tree = (entries: [string, string][], type: "blob" | "tree"): Promise<string> =>
      git.writeTree({
        ...repository,
        tree: entries.map(([path, oid]) => ({ mode: type === "blob" ? "100644" : "040000", path, oid, type })),
      });
    ids.set(`${ab}/${cd}`, await tree([...leaf], "blob"));
    ids.set(
      ab,
      await tree(
        [...middle.keys()].map((name) => [name, ids.get(`${ab}/${name}`) ?? ""]),
        "tree",
      ),
    );
    const user = await tree(
      [...roots.keys()].map((name) => [name, ids.get(name) ?? ""]),
      "tree",
    );
    const root = await tree([["user", user]], "tree");
    const commit = {
      message: "Save document",
      tree: root,
      parent: parent === undefined ? [] : [parent],
      author,
      committer: author,
    };
    parent = await git.writeCommit({ ...repository, commit });
    await git.addNote({ ...repository, ref: "refs/notes/chrondb", oid: parent, note: noteText(at), author, committer: author });
    await git.writeRef({ ...repository, ref: "refs/heads/main", value: parent, force: true });
  }
  const seconds = (performance.now() - started) / 1000;
  rmSync(directory, { recursive: true, force: true });
  return count / seconds;
}
