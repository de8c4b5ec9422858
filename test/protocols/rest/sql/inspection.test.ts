// ChronDB's own statements (SHOW TABLES, SHOW SCHEMAS, SHOW DATABASES, DESCRIBE, SHOW COLUMNS), with the columns its users know:
// the same over REST, through `chrondb query`, and through psql.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requireClient } from "../../../support/clients.ts";
import { chrondb } from "../../../support/command-line.ts";
import { type RunningServer, startServer } from "../../../support/ready-server.ts";

const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), "chrondb-inspection-"));
let server: RunningServer;

interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

async function rest(sql: string): Promise<Answer> {
  const body = JSON.stringify({ sql, rows: "text" });
  const answer = await fetch(`http://127.0.0.1:${server.rest}/api/v1/sql`, { method: "POST", body });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return JSON.parse(text) as Answer;
}

async function psql(sql: string): Promise<string> {
  const where = ["-h", "127.0.0.1", "-p", String(server.pg), "-U", "chrondb", "-d", "chrondb"];
  const { stdout } = await run(requireClient("psql"), ["-X", "--csv", ...where, "-c", sql]);
  return stdout;
}

beforeAll(async () => {
  server = await startServer({ dataDir: join(scratch, "data") });
  await rest("CREATE TABLE item (id int PRIMARY KEY, price numeric(10,2) NOT NULL DEFAULT 1.5, name text, tags text[])");
  await fetch(`http://127.0.0.1:${server.rest}/api/v1/save`, {
    method: "POST",
    body: '{"id":"user:1","name":"Ada","age":36,"score":1.5,"ok":true,"address":{"city":"London"}}',
  });
});
afterAll(async () => {
  await server?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const TABLES = [
  ["item", "YES"],
  ["user", "NO"],
];
const ITEM = [
  ["id", "integer", "NO", "PRI", null],
  ["price", "numeric(10,2)", "NO", "", "1.5"],
  ["name", "text", "YES", "", null],
  ["tags", "text[]", "YES", "", null],
];
const FIELDS = ["Field", "Type", "Null", "Key", "Default"];

test.each<[string, string[], (string | null)[][]]>([
  ["SHOW TABLES", ["table_name", "has_schema"], TABLES],
  ["show tables;", ["table_name", "has_schema"], TABLES],
  ["SHOW TABLES FROM public", ["table_name", "has_schema"], TABLES],
  ["SHOW TABLES IN public", ["table_name", "has_schema"], TABLES],
  ["SHOW SCHEMAS", ["schema_name"], [["public"]]],
  ["SHOW DATABASES", ["schema_name"], [["public"]]],
  ["DESCRIBE item", FIELDS, ITEM],
  ["DESC item", FIELDS, ITEM],
  ["DESCRIBE public.item", FIELDS, ITEM],
  ['DESCRIBE "item"', FIELDS, ITEM],
  ["SHOW COLUMNS FROM item", FIELDS, ITEM],
  ["SHOW COLUMNS IN item", FIELDS, ITEM],
])("%s", async (sql, columns, rows) => {
  const answer = await rest(sql);
  expect(answer.columns.map(({ name }) => name)).toEqual(columns);
  expect(new Set(answer.columns.map(({ type }) => type))).toEqual(new Set(["text"]));
  expect(answer.rows).toEqual(rows);
  const line = (values: readonly (string | null)[]): string =>
    values.map((value) => (value?.includes(",") ? `"${value}"` : (value ?? ""))).join(",");
  const csv = `${[columns, ...rows].map(line).join("\n")}\n`;
  // psql and the command line write the empty string and NULL apart only where they quote it.
  expect((await psql(sql)).replaceAll('""', "")).toBe(csv);
  const own = await chrondb(["query", "--csv", sql, "--port", String(server.rest)]);
  expect(own).toMatchObject({ code: 0, err: "" });
  expect(own.out.replaceAll('""', "")).toBe(csv);
});

test("a table that was never declared shows the fields its documents have", async () => {
  const { rows } = await rest("DESCRIBE user");
  expect(rows.map(([field, type]) => [field, type])).toEqual([
    ["id", "text"],
    ["name", "text"],
    ["age", "bigint"],
    ["score", "numeric"],
    ["ok", "boolean"],
    ["address", "jsonb"],
  ]);
  expect(rows[0]?.[3]).toBe("PRI");
});

test("a table that is not there", async () => {
  const answer = await fetch(`http://127.0.0.1:${server.rest}/api/v1/sql`, {
    method: "POST",
    body: '{"sql":"DESCRIBE nowhere"}',
  });
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ sqlstate: "42P01" });
  await expect(psql("DESCRIBE nowhere")).rejects.toThrow(/does not exist/);
});
