// The lines typed at the prompt, kept in the user's home for the next time. Only the user may read the file.
import { appendFileSync, chmodSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export const HISTORY_FILE = ".chrondb_history";
const LINES = 1000;

export class History {
  readonly #path: string;

  constructor(path = join(homedir(), HISTORY_FILE)) {
    this.#path = path;
  }

  /** Newest first, as readline wants them. The file is shortened to what is kept. */
  load(): string[] {
    let text = "";
    try {
      text = readFileSync(this.#path, "utf8");
      const lines = text.split("\n").filter((line) => line !== "");
      const kept = lines.slice(-LINES);
      if (kept.length < lines.length) writeFileSync(this.#path, `${kept.join("\n")}\n`, { mode: 0o600 });
      chmodSync(this.#path, 0o600);
      return kept.reverse();
    } catch (thrown) {
      if (isFileProblem(thrown)) return [];
      throw thrown;
    }
  }

  /** Keeps a line. Blank ones, those that begin with a blank and those about passwords are not kept. */
  add(line: string): void {
    if (line.trim() === "" || line.startsWith(" ") || /password/i.test(line)) return;
    try {
      appendFileSync(this.#path, `${line.replaceAll("\n", " ")}\n`, { mode: 0o600 });
    } catch (thrown) {
      // A home that cannot be written to is no reason not to answer.
      if (!isFileProblem(thrown)) throw thrown;
    }
  }
}

function isFileProblem(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && "syscall" in thrown;
}
