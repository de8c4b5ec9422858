// The prompt of `chrondb query` as a process: with its input fed, and on a pseudo-terminal (script, of util-linux).
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXIT } from "../../../src/cli/exit.ts";
import { requireClient } from "../../support/clients.ts";
import { environment, type RunningServer, startServer } from "../../support/ready-server.ts";
import { ROOT } from "../../support/source.ts";

const scratch = mkdtempSync(join(tmpdir(), "chrondb-prompt-"));
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ dataDir: join(scratch, "data") });
});
afterAll(async () => {
  await server?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

class Terminal {
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;
  text = "";
  #seen = 0;

  constructor(command: string, args: readonly string[]) {
    const env = { ...environment({}), HOME: scratch, TERM: "xterm" };
    this.#child = spawn(command, args, { cwd: ROOT, env, stdio: ["pipe", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        this.text += chunk;
      });
    }
    this.ended = new Promise((resolve) => this.#child.once("close", resolve));
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  end(): void {
    this.#child.stdin?.end();
  }

  /** Waits for these words after the ones waited for before. */
  async until(words: string | RegExp): Promise<string> {
    let found: RegExpExecArray | null = null;
    const wanted = typeof words === "string" ? new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")) : words;
    await expect
      .poll(
        () => {
          found = wanted.exec(this.text.slice(this.#seen));
          return found === null ? this.text.slice(this.#seen) : "found";
        },
        { timeout: 15_000 },
      )
      .toBe("found");
    const match = found as RegExpExecArray | null;
    const end = this.#seen + (match?.index ?? 0) + (match?.[0].length ?? 0);
    const passed = this.text.slice(this.#seen, end);
    this.#seen = end;
    return passed;
  }
}

const ARGS = ["--disable-warning=ExperimentalWarning", join(ROOT, "src/main.ts"), "query"];

async function fed(lines: readonly string[], ...more: string[]): Promise<{ code: number | null; text: string }> {
  const terminal = new Terminal(process.execPath, [...ARGS, "-i", "--port", String(server.rest), ...more]);
  terminal.type(`${lines.join("\n")}\n`);
  terminal.end();
  return { code: await terminal.ended, text: terminal.text };
}

describe("fed", () => {
  test("statements over several lines, several on one, errors that end nothing", async () => {
    const { code, text } = await fed([
      "SELECT 'a;b' AS",
      "x",
      ";",
      "SELECT 1 AS one; SELECT 2 AS two;",
      "SELECT nope;",
      "SELECT 3 AS three;",
    ]);
    expect(code).toBe(EXIT.ok);
    for (const piece of ["a;b\n(1 row)", "one\n---\n  1\n", "two\n---\n  2\n", "three\n"]) expect(text).toContain(piece);
    expect(text).toMatch(/ERROR: {2}column "nope" does not exist \(SQLSTATE 42703, character 8\)/);
    expect(text).toContain("chrondb-> ");
  });

  test("a transaction goes on from statement to statement, and its state is in the prompt", async () => {
    const { text } = await fed([
      ...["CREATE TABLE kept (id int PRIMARY KEY);", "BEGIN;", "INSERT INTO kept VALUES (1);", "SAVEPOINT a;", "SELECT nope;"],
      ...["SELECT 1;", "ROLLBACK TO a;", "COMMIT;", "SELECT count(*) AS kept_rows FROM kept;"],
      ...["BEGIN;", "INSERT INTO kept VALUES (2);"],
    ]);
    expect(text).toContain("chrondb=*> ");
    expect(text).toContain("chrondb=!> ");
    expect(text).toContain("25P02");
    expect(text).toMatch(/kept_rows\n-+\n +1\n/);
    expect(text).toContain("The open transaction is rolled back.");
    expect((await fed(["SELECT max(id) AS highest FROM kept;"])).text).toMatch(/highest\n-+\n +1\n/);
  });

  test("settings last: SET is for the statements that follow", async () => {
    const { text } = await fed([
      "SET TimeZone = 'Asia/Tokyo';",
      "SHOW TimeZone;",
      "SET chrondb.message = 'typed';",
      "SHOW chrondb.message;",
    ]);
    expect(text).toContain("Asia/Tokyo");
    expect(text).toMatch(/typed\n\(1 row\)/);
  });

  test("the prompt's own commands", async () => {
    const file = join(scratch, "included.sql");
    writeFileSync(file, "SELECT 'from a file' AS said;\n");
    const { text } = await fed([
      ...["CREATE TABLE described (id int PRIMARY KEY, price numeric(10,2) NOT NULL DEFAULT 1.5, email text UNIQUE);"],
      ...[
        "\\d described",
        "\\d nothing",
        "\\dt",
        "\\di",
        "\\dn",
        "\\l",
        "\\du",
        "\\conninfo",
        `\\i ${file}`,
        "\\echo hello there",
      ],
      ...["\\x", "SELECT 1 AS wide;", "\\x off", "\\timing on", "SELECT 2;", "\\timing", "SELECT 'half", "\\p", "\\r"],
      ...["SELECT 5 AS five", "\\g", "\\json", "SELECT 1.10 AS n;", "\\c none", "\\nonsense", "\\?"],
    ]);
    expect(text).toMatch(
      /Table "described"\nColumn \| Type +\| Nullable \| Default\n[-+]+\nid +\| integer +\| not null \|\nprice +\| numeric\(10,2\) \| not null \| 1\.5/,
    );
    expect(text).toMatch(/described_pkey +\| CREATE UNIQUE INDEX/);
    for (const piece of [
      'Did not find any table named "nothing".',
      "from a file",
      "hello there",
      "-[ RECORD 1 ]\nwide | 1\n",
      "SELECT 'half",
      "five\n",
      '[\n{"n":1.10}\n]\n',
      'ERROR:  database "none" does not exist',
      "There is no command \\nonsense",
      "Ctrl-C stops a running one.",
    ]) {
      expect(text).toContain(piece);
    }
    expect(text.match(/^Time: \d+\.\d{3} ms$/gm)).toHaveLength(1);
  });

  test("\\q ends it, whatever follows; no server is said and it goes on", async () => {
    expect((await fed(["\\q", "SELECT 'unseen';"])).text).not.toContain("unseen");
    const { code, text } = await fed(["SELECT 1;", "\\echo still here"], "--port", "1");
    expect(code).toBe(EXIT.ok);
    expect(text).toContain("Cannot reach a ChronDB server");
    expect(text).toContain("still here");
  });
});

describe("on a terminal", () => {
  function terminal(): Terminal {
    requireClient("script");
    const command = [process.execPath, ...ARGS, "--port", String(server.rest)].map((word) => `'${word}'`).join(" ");
    return new Terminal("script", ["-qec", command, "/dev/null"]);
  }

  test("completion, history, Ctrl-C on a running statement, Ctrl-D", { timeout: 60_000 }, async () => {
    const first = terminal();
    await first.until("chrondb=> ");
    first.type("CREATE TABLE completed_table (id int PRIMARY KEY, long_column_name text);\r");
    await first.until("CREATE TABLE\r\n");
    await first.until("chrondb=> ");
    // A tab in the middle of what comes at once is pasted text, not a key.
    for (const [typed, completed] of [
      ["SELECT long_c", "olumn_name"],
      [" FROM completed_t", "able"],
    ] as const) {
      first.type(typed);
      await first.until(typed);
      first.type("\t");
      await first.until(completed);
    }
    first.type(";\r");
    await first.until(/long_column_name\r\n-+\r\n\(0 rows\)/);
    await first.until("chrondb=> ");
    first.type("SELECT count(*) FROM generate_series(1,3000) a, generate_series(1,3000) b, generate_series(1,3000) c;\r");
    await new Promise((resolve) => setTimeout(resolve, 700));
    first.type("\u0003");
    await first.until("The statement was cancelled.");
    await first.until("chrondb=> ");
    first.type("SELECT 'typed and\r");
    await first.until("chrondb-> ");
    first.type("\u0003");
    await first.until("^C");
    await first.until("chrondb=> ");
    first.type("SELECT 41 + 1 AS answer;\r");
    await first.until(/answer\r\n-+\r\n +42/);
    await first.until("chrondb=> ");
    first.type("\u0004");
    expect(await first.ended).toBe(0);

    const history = join(scratch, ".chrondb_history");
    expect(statSync(history).mode & 0o777).toBe(0o600);
    expect(readFileSync(history, "utf8")).toContain("SELECT 41 + 1 AS answer;\n");
    const second = terminal();
    await second.until("chrondb=> ");
    second.type("\u001b[A\r");
    await second.until(/answer\r\n-+\r\n +42/);
    await second.until("chrondb=> ");
    second.type("\\q\r");
    expect(await second.ended).toBe(0);
  });
});
