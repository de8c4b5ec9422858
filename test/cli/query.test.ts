// `chrondb query` and the other client verbs against the real server: open, and guarded by a password.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXIT } from "../../src/cli/exit.ts";
import { chrondb } from "../support/command-line.ts";
import { type RunningServer, startServer } from "../support/ready-server.ts";

const scratch = mkdtempSync(join(tmpdir(), "chrondb-query-"));
const PASSWORD = "pässwörd ㌀";
let open: RunningServer;
let guarded: RunningServer;
beforeAll(async () => {
  const passwordFile = join(scratch, "password");
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  [open, guarded] = await Promise.all([
    startServer({ dataDir: join(scratch, "open") }),
    startServer({ dataDir: join(scratch, "guarded"), env: { CHRONDB_USERNAME: "ada", CHRONDB_PASSWORD_FILE: passwordFile } }),
  ]);
});
afterAll(async () => {
  await Promise.all([open?.stop(), guarded?.stop()]);
  rmSync(scratch, { recursive: true, force: true });
});

const query = (sql: string, ...more: string[]) => chrondb(["query", sql, "--port", String(open.rest), ...more]);
const rest = (...argv: string[]) => chrondb([...argv, "--port", String(open.rest)]);

describe("open", () => {
  test("what REST saves, SQL shows, exactly as written", async () => {
    const saved = await rest("put", "thing:1", "--data", '{"name":"東京","exact":1.10,"big":12345678901234567890,"ok":true}');
    expect(saved).toMatchObject({ code: EXIT.ok, err: "" });
    expect(saved.out).toContain('"exact":1.10,"big":12345678901234567890');
    expect(await query("SELECT id, name, exact, big, ok FROM thing")).toEqual({
      code: EXIT.ok,
      out: "id | name | exact | big                  | ok\n---+------+-------+----------------------+---\n1  | 東京 |  1.10 | 12345678901234567890 | t\n(1 row)\n",
      err: "",
    });
    expect((await query("SELECT name, exact, big, ok FROM thing", "--json")).out).toBe(
      '[\n{"name":"東京","exact":1.10,"big":12345678901234567890,"ok":true}\n]\n',
    );
    expect((await query("SELECT id, name FROM thing", "--csv")).out).toBe("id,name\n1,東京\n");
  });

  test("several statements, from standard input", async () => {
    const ran = await chrondb(["query", "--port", String(open.rest)], {
      stdin: "INSERT INTO note (id, text) VALUES ('a', 'x'), ('b', NULL); SELECT count(*) AS n FROM note",
    });
    expect(ran).toEqual({ code: EXIT.ok, out: "INSERT 0 2\nn\n-\n2\n(1 row)\n", err: "" });
  });

  test("an error has its SQLSTATE and place, and its own exit code", async () => {
    const missing = await query("SELECT * FROM nothing_here");
    expect(missing.code).toBe(EXIT.notFound);
    expect(missing.err).toMatch(/^chrondb: relation "nothing_here" does not exist \(SQLSTATE 42P01, character 15\)/);
    const second = await query("SELECT 1; SELECT nope");
    expect(second.err).toMatch(/SQLSTATE 42703, statement 2, character 18/);
    const syntax = await query("SELEC 1");
    expect(syntax.code).toBe(EXIT.failed);
    expect(syntax.err).toContain("SQLSTATE 42601");
    await query("CREATE TABLE strict (id int PRIMARY KEY)");
    await query("INSERT INTO strict VALUES (1)");
    expect((await query("INSERT INTO strict VALUES (1)")).code).toBe(EXIT.conflict);
    expect((await query("SELECT 1", "--tenant", "none")).code).toBe(EXIT.notFound);
  });

  test("several statements are one transaction", async () => {
    expect((await query("INSERT INTO pair (id) VALUES ('1'); SELECT 1/0")).code).toBe(EXIT.failed);
    expect((await query("SELECT * FROM pair")).code).toBe(EXIT.notFound);
  });

  test("statements of a file; writes come from the command line", async () => {
    const file = join(scratch, "statements.sql");
    writeFileSync(file, "-- a; b\nINSERT INTO filed (id) VALUES ('1;2');\nSELECT id FROM filed;\n");
    expect(await chrondb(["query", "-f", file, "--port", String(open.rest)])).toMatchObject({
      ...{ code: EXIT.ok, out: "INSERT 0 1\nid\n---\n1;2\n(1 row)\n", err: "" },
    });
    expect((await rest("history", "filed:1;2")).out).toContain('"origin":"cli"');
    expect((await chrondb(["query", "-f", join(scratch, "none"), "--port", "1"])).err).toContain("cannot be read");
  });

  test("arrays and nested values: PostgreSQL's text in a table, JSON with --json", async () => {
    const sql = `SELECT ARRAY[1,2] AS a, '{"x": 1.10}'::jsonb AS j, NULL AS n, '' AS e`;
    expect((await query(sql, "--csv")).out).toBe('a,j,n,e\n"{1,2}","{""x"": 1.10}",,""\n');
    expect((await query(sql, "--json")).out).toBe('[\n{"a":[1,2],"j":{"x": 1.10},"n":null,"e":""}\n]\n');
  });

  test("rows come in a stream, many of them", async () => {
    const many = await query("SELECT n FROM generate_series(1, 150000) AS n", "--csv");
    expect(many.out.split("\n")).toHaveLength(150_002);
  });

  test("document verbs go round", async () => {
    expect(JSON.parse((await rest("get", "thing:1")).out)).toMatchObject({ id: "thing:1", name: "東京" });
    const second = await rest("put", "thing:1", "--data", '{"name":"two"}');
    expect(second.code).toBe(EXIT.ok);
    const { history } = JSON.parse((await rest("history", "thing:1")).out) as { history: { sequence: number; origin: string }[] };
    expect(history).toHaveLength(2);
    expect(history[0]?.origin).toBe("cli");
    const old = await rest("get", "thing:1", "--at", String(history[1]?.sequence));
    expect(old.out).toContain('"exact":1.10');
    expect((await rest("put", "thing:1", "--data", "{}", "--if-version", String(history[1]?.sequence))).code).toBe(EXIT.conflict);
    expect((await rest("delete", "thing:1")).code).toBe(EXIT.ok);
    expect((await rest("get", "thing:1")).code).toBe(EXIT.notFound);
    expect((await rest("delete", "thing:1")).code).toBe(EXIT.notFound);
  });

  test("what export prints, import reads", async () => {
    for (const id of ["x:1", "x:2", "x/3 ü"]) await rest("put", id, "--data", '{"n":1.10}');
    const exported = await rest("export", "--prefix", "x");
    expect(exported.out.trim().split("\n")).toHaveLength(3);
    const imported = await chrondb(["import", "--port", String(open.rest)], { stdin: exported.out });
    expect(imported.out).toContain("3 documents imported");
    expect((await rest("export", "--prefix", "x")).out).toBe(exported.out);
  });

  test("verify, info and init answer", async () => {
    expect(JSON.parse((await rest("verify")).out)).toMatchObject({ status: "ok" });
    expect(JSON.parse((await rest("info")).out)).toMatchObject({ "repository-open?": true, "default-branch": "main" });
    expect((await rest("init")).code).toBe(EXIT.ok);
  });
});

describe("guarded", () => {
  const sql = (env: object) => chrondb(["query", "SELECT 1 AS one", "--json", "--port", String(guarded.rest)], { env });
  const info = (env: object) => chrondb(["info", "--port", String(guarded.rest)], { env });

  test("the right password opens both doors, spelled in another Unicode form too", async () => {
    const env = { username: "ada", password: PASSWORD };
    expect(await sql(env)).toMatchObject({ code: EXIT.ok, err: "", out: '[\n{"one":1}\n]\n' });
    expect((await info(env)).code).toBe(EXIT.ok);
    expect((await sql({ username: "ada", password: PASSWORD.normalize("NFKD") })).code).toBe(EXIT.ok);
  });

  test.each([
    ["a wrong password", { username: "ada", password: "wrong" }],
    ["a wrong user", { username: "eve", password: PASSWORD }],
    ["no password", { username: "ada", password: null }],
  ])("%s opens neither, and says so", async (_what, env) => {
    for (const ran of [await sql(env), await info(env)]) {
      expect(ran.code).toBe(EXIT.failed);
      expect(ran.out).toBe("");
      expect(ran.err).toMatch(/password|credential/i);
      expect(ran.err).not.toContain(PASSWORD);
    }
  });
});
