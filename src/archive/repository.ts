// Makes the bare repository: what `git init --bare` would, without needing git, and with settings that keep git from tidying
// away what we manage. `.chrondb/` inside it is ours (log, state, commit map); git does not look at names it does not know.
import fs from "node:fs";
import path from "node:path";
import { ChronError } from "../base/errors.ts";
import { type Files, replaceFile, systemFiles } from "../base/files.ts";
import { archivePaths, headRef } from "./paths.ts";
import { isBranchName } from "./refs.ts";

const CONFIG = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
[gc]
	auto = 0
	pruneExpire = never
[maintenance]
	auto = false
[receive]
	denyNonFastForwards = true
	denyDeletes = true
	autogc = false
`;

// Writes go through the doors, where permissions and constraints are checked; git is for reading.
const REFUSE_PUSH = `#!/bin/sh
echo "ChronDB: this repository is written by the server; write through REST, Redis or PostgreSQL instead of pushing." >&2
exit 1
`;

/** Makes what is missing of the repository; answers whether it was new. Existing files are left as they are. */
export function ensureRepository(
  options: { readonly directory: string; readonly branch: string },
  files: Files = systemFiles,
): boolean {
  const { directory, branch } = options;
  if (!isBranchName(branch)) {
    throw new ChronError(
      "INVALID_CONFIG",
      `git.default_branch ${JSON.stringify(branch)} is not a name git takes for a branch; try "main".`,
    );
  }
  const fresh = files.stat(path.join(directory, "HEAD")) === undefined;
  const paths = archivePaths(directory);
  for (const folder of ["objects/info", "objects/pack", "refs/heads", "refs/tags", "refs/notes", "info", "hooks"]) {
    files.makeDirectory(path.join(directory, folder));
  }
  files.makeDirectory(paths.temporary);
  const hook = path.join(directory, "hooks", "pre-receive");
  const wanted: [file: string, text: string][] = [
    [path.join(directory, "config"), CONFIG],
    [path.join(directory, "description"), "A ChronDB database: every transaction is a commit. Read it; do not push to it.\n"],
    [path.join(directory, "info", "exclude"), ".chrondb/\n"],
    [hook, REFUSE_PUSH],
    // Last: a directory with a HEAD is taken for a repository.
    [path.join(directory, "HEAD"), `ref: ${headRef(branch)}\n`],
  ];
  for (const [file, text] of wanted) {
    if (files.stat(file) !== undefined) continue;
    replaceFile(files, file, Buffer.from(text, "utf8"));
    if (file === hook) fs.chmodSync(hook, 0o700);
  }
  return fresh;
}
