// Runs the suite's scripts on PostgreSQL (twice, to know what does not repeat) and on our server, statement by statement.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseSync } from "libpg-query";
import { startPostgres } from "../../support/postgres.ts";
import { type RunningServer, startServer } from "../../support/ready-server.ts";
import { Scope } from "./scope.ts";
import { interpolate, readScript } from "./script.ts";
import type { Suite } from "./suite.ts";
import { type Said, Wire } from "./wire.ts";

export type Verdict = "same result" | "same error" | "different" | "out of scope";

export interface Judged {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly verdict: Verdict;
  /** Why it is out of scope, or what differs. */
  readonly why: string;
  readonly theirs: Said;
  readonly ours: Said;
  /** Of a script's statements of psql's own, which are not sent to a server. */
}

/** Objects of a script's own making get numbers of the server's choosing. */
const FIRST_USER_OID = 16_384;
const COPIES_FILE = /^(\s*COPY\b.*?\b(FROM|TO)\s+)'((?:[^']|'')*)'/is;

/** One server as the scripts see it; connects again when a statement lost the connection. */
class Side {
  readonly #open: () => Promise<Wire>;
  #wire: Wire | null = null;

  constructor(open: () => Promise<Wire>) {
    this.#open = open;
  }

  async query(text: string, data: string | null): Promise<Said> {
    this.#wire ??= await this.#open();
    try {
      return await this.#wire.query(text, data);
    } catch (thrown) {
      this.close();
      return { results: [], error: { sqlstate: "-----", message: thrown instanceof Error ? thrown.message : String(thrown) } };
    }
  }

  close(): void {
    this.#wire?.close();
    this.#wire = null;
  }
}

export async function runSuite(suite: Suite, files: readonly string[], tell: (file: string) => void): Promise<Judged[]> {
  const judge = await startPostgres();
  if (judge === null) throw new Error("PostgreSQL 15 is not installed");
  const directory = mkdtempSync(join(tmpdir(), "chrondb-regression-"));
  let server: RunningServer | null = null;
  try {
    const setup = await Wire.open(judge.port);
    for (const name of ["first", "second"]) await setup.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    setup.close();
    server = await startServer({ dataDir: directory });
    const pgPort = server.pg;
    const first = new Side(() => Wire.open(judge.port, { database: "first" }));
    const second = new Side(() => Wire.open(judge.port, { database: "second" }));
    const ours = new Side(() => Wire.open(pgPort, { database: "chrondb", user: "chrondb" }));
    const judged: Judged[] = [];
    const scope = new Scope();
    for (const file of files) {
      tell(file);
      judged.push(...(await runFile(suite, file, scope, first, second, ours)));
      // Each script has a session of its own.
      for (const side of [first, second, ours]) side.close();
    }
    return judged;
  } finally {
    await server?.kill();
    await judge.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runFile(suite: Suite, file: string, scope: Scope, first: Side, second: Side, ours: Side): Promise<Judged[]> {
  const judged: Judged[] = [];
  const variables = new Map<string, string>();
  const written = new Map<string, string>();
  let answer: Said | null = null;
  for (const step of readScript(suite.script(file))) {
    if (step.kind === "command") {
      psqlCommand(step.text, variables, answer);
      if (/^\\(c|connect)\b/.test(step.text)) for (const side of [first, second, ours]) side.close();
      continue;
    }
    let text = interpolate(step.text, variables);
    let { data } = step;
    // Server-side files: what the judge writes is kept here, and what a script loads is given as STDIN.
    const copied = COPIES_FILE.exec(text);
    const path = copied?.[3] ?? "";
    if (copied !== null) {
      text = text.replace(COPIES_FILE, (_, before: string, way: string) => `${before}${/from/i.test(way) ? "STDIN" : "STDOUT"}`);
      if (/from/i.test(copied[2] ?? "")) data = written.get(path) ?? suite.data(basename(path)) ?? "";
    }
    const [theirs, again] = [await first.query(text, data), await second.query(text, data)];
    answer = theirs;
    const us = await ours.query(text, data);
    if (copied !== null && /to/i.test(copied[2] ?? "")) written.set(path, theirs.results[0]?.rows.flat().join("") ?? "");
    if (data !== null && theirs.error === null && us.error !== null) await load(text, first, ours);
    const left = scope.judge(text) ?? (same(theirs, again, false) ? null : "PostgreSQL itself does not repeat it");
    const difference = left === null ? compare(text, theirs, us) : null;
    const verdict: Verdict =
      left !== null ? "out of scope" : difference !== null ? "different" : theirs.error === null ? "same result" : "same error";
    judged.push({ file, line: step.line, text, verdict, why: left ?? difference ?? "", theirs, ours: us });
  }
  return judged;
}

/** A table that COPY could not fill is filled by INSERT, so that what reads it is judged by its own merit. */
async function load(text: string, judge: Side, ours: Side): Promise<void> {
  const table = /^\s*COPY\s+([\w."]+)/i.exec(text)?.[1] ?? "";
  const { results } = await judge.query(`SELECT * FROM ${table}`, null);
  const rows = results[0]?.rows ?? [];
  const literal = (value: string | null): string => (value === null ? "NULL" : `E'${value.replaceAll(/[\\']/g, "\\$&")}'`);
  for (let at = 0; at < rows.length; at += 500) {
    const tuples = rows.slice(at, at + 500).map((row) => `(${row.map(literal).join(",")})`);
    await ours.query(`INSERT INTO ${table} VALUES ${tuples.join(",")}`, null);
  }
}

/** The commands of psql that change what is sent. Others are about what is shown. */
function psqlCommand(text: string, variables: Map<string, string>, answer: Said | null): void {
  const [command = "", name = "", ...rest] = text.split(/\s+/);
  if (command === "\\getenv") variables.set(name, "");
  else if (command === "\\set") {
    const value = rest.map((word) => interpolate(word, variables).replace(/^'(.*)'$/, "$1")).join("");
    variables.set(name, value);
  } else if (command === "\\unset") variables.delete(name);
  else if (command === "\\gset") {
    const result = answer?.results[0];
    for (const [at, column] of (result?.columns ?? []).entries()) {
      const value = result?.rows[0]?.[at];
      if (value !== null && value !== undefined) variables.set(`${name}${column.name}`, value);
    }
  }
}

const shape = (said: Said): unknown =>
  said.results.map(({ columns, tag }) => [columns?.map(({ name, type }) => [name, Math.min(type, FIRST_USER_OID)]) ?? null, tag]);

function same(a: Said, b: Said, unordered: boolean): boolean {
  const rows = (said: Said): unknown =>
    said.results.map((result) => {
      const texts = result.rows.map((row) => JSON.stringify(row));
      return unordered ? texts.sort() : texts;
    });
  return JSON.stringify([a.error, shape(a), rows(a)]) === JSON.stringify([b.error, shape(b), rows(b)]);
}

/** What differs, in a few words; null when nothing does. */
function compare(text: string, theirs: Said, ours: Said): string | null {
  if (theirs.error !== null || ours.error !== null) {
    if (ours.error === null) return "an error was expected";
    if (theirs.error === null) return `${ours.error.sqlstate} ${ours.error.message}`;
    if (theirs.error.sqlstate !== ours.error.sqlstate) return `another error: ${ours.error.sqlstate} ${ours.error.message}`;
    if (theirs.error.message !== ours.error.message) return `another message: ${ours.error.message}`;
  }
  if (JSON.stringify(shape(theirs)) !== JSON.stringify(shape(ours))) return "other columns, types or tag";
  if (same(theirs, ours, !isOrdered(text))) return null;
  return "other rows";
}

/** Rows have a promised order only under an ORDER BY at the top. */
function isOrdered(text: string): boolean {
  try {
    const [only] = parseSync(text).stmts ?? [];
    const stmt = only?.stmt as { SelectStmt?: { sortClause?: unknown } } | undefined;
    return stmt?.SelectStmt === undefined ? !/\bRETURNING\b/i.test(text) : stmt.SelectStmt.sortClause !== undefined;
  } catch (thrown) {
    if (thrown instanceof Error) return true;
    throw thrown;
  }
}
