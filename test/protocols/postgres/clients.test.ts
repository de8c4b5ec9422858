// Real clients on the real server: psql and node-postgres, psql's descriptions side by side with PostgreSQL 15.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasClient, requireClient } from "../../support/clients.ts";
import { hasPostgres, type RealPostgres, startPostgres } from "../../support/postgres.ts";
import { type RunningServer, startServer } from "../../support/ready-server.ts";
import { int32, RawClient, untyped } from "./support/raw-client.ts";

const DECLARE = `CREATE TABLE person (
  id int PRIMARY KEY, name varchar(40) NOT NULL, email text UNIQUE, age smallint DEFAULT 18, balance numeric(10,2),
  score float8 DEFAULT 1.5, ok boolean DEFAULT true, born date, seen timestamptz(3), doc jsonb, tags text[], "Odd Name" uuid,
  UNIQUE (name, age))`;

let directory: string;
let server: RunningServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "chrondb-pg-"));
  server = await startServer({ dataDir: join(directory, "data") });
  const client = await connected();
  await client.query(DECLARE);
  await client.query("INSERT INTO city (id, name, population) VALUES ('1', 'Paris', 2100000), ('2', 'Rome', 2870000)");
  await client.end();
});
afterAll(async () => {
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function connected(): Promise<Client> {
  const client = new Client({ host: "127.0.0.1", port: server.pg, user: "chrondb", database: "chrondb" });
  await client.connect();
  return client;
}

/** What psql says to the commands, one after the other, errors included. */
function psql(target: { port: number; user: string; database: string }, commands: readonly string[]): Promise<string> {
  const connection = `host=127.0.0.1 port=${target.port} user=${target.user} dbname=${target.database}`;
  return new Promise((resolve) => {
    const args = ["-X", "-v", "VERBOSITY=verbose", connection, ...commands.flatMap((command) => ["-c", command])];
    execFile(requireClient("psql"), args, (_, stdout, stderr) => resolve(stdout + stderr.replace(/^LOCATION: .*\n/gm, "")));
  });
}

const ours = (...commands: string[]): Promise<string> =>
  psql({ port: server.pg, user: "chrondb", database: "chrondb" }, commands);

describe.skipIf(!hasClient("psql"))("psql", () => {
  it("connects and says where", async () => {
    expect(await ours("\\conninfo")).toBe(
      `You are connected to database "chrondb" as user "chrondb" on host "127.0.0.1" at port "${server.pg}".\n`,
    );
  });

  it("lists databases, schemas, roles, tables and no functions", async () => {
    expect(await ours("\\l")).toMatch(/chrondb +\| chrondb +\| UTF8/);
    expect(await ours("\\dn")).toMatch(/public \| chrondb/);
    expect(await ours("\\du")).toMatch(/chrondb +\| Superuser, Create role, Create DB, Bypass RLS/);
    expect(await ours("\\dt")).toMatch(/public \| city +\| table \| chrondb\n public \| person \| table \| chrondb\n\(2 rows\)/);
    expect(await ours("\\df")).toMatch(/\(0 rows\)/);
  });

  it("describes a table that was never declared", async () => {
    const text = await ours("\\d city");
    expect(text).toContain('Table "public.city"');
    expect(text).toMatch(/ id +\| text +\| +\| not null \| /);
    expect(text).toMatch(/ population +\| bigint +\|/);
    expect(text).toContain('"city_pkey" PRIMARY KEY, btree (id)');
  });

  it.each([
    "\\d",
    "\\d+",
    "\\dt+",
    "\\di",
    "\\dv",
    "\\ds",
    "\\da",
    "\\dT",
    "\\dD",
    "\\dx",
    "\\dy",
    "\\do",
    "\\dc",
    "\\dO",
    "\\dL",
    "\\db",
    "\\des",
    "\\dp",
    "\\ddp",
    "\\drds",
    "\\dA",
    "\\dC",
    "\\dRp",
    "\\dX",
    "\\dP",
    "\\sf nope",
    "\\z",
  ])("%s gives no error that PostgreSQL would not give", async (command) =>
    expect(await ours(command)).not.toMatch(/ERROR:(?! +(42883: +)?function "nope" does not exist)/),
  );
});

describe.skipIf(!hasPostgres())("psql beside PostgreSQL", () => {
  let judge: RealPostgres | null = null;
  beforeAll(async () => {
    judge = await startPostgres();
    if (judge !== null) await psql(judge, [DECLARE]);
  });
  afterAll(() => judge?.stop());

  it.each(["\\d person", "\\d+ person", "\\d person_pkey", "\\d person_name_age_key", "\\d nope", "\\dt nope"])(
    "%s",
    async (command) => {
      if (judge === null) throw new Error("PostgreSQL did not start");
      const right = await psql(judge, [command]);
      expect(await ours(command)).toBe(right);
    },
  );

  it.each([
    "SELECT adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'person'::regclass ORDER BY adnum",
    "SELECT obj_description('person'::regclass), shobj_description(1, 'pg_class'), col_description('person'::regclass, 1)",
    "SELECT pg_get_functiondef(0), pg_get_triggerdef(0), pg_get_ruledef(0), pg_get_constraintdef(0), pg_get_indexdef(0)",
    "SELECT count(*) FROM pg_partition_ancestors('person')",
    "SELECT relid, parentrelid, isleaf, level FROM pg_partition_tree('person')",
    "SELECT option_name, option_value FROM pg_options_to_table('{a=1,b}')",
    "SELECT current_database() = current_catalog, current_schema, current_schemas(true), current_schemas(false)",
    "SELECT 'person'::regclass, 'person'::regclass::oid > 16383, 'int4'::regtype, 'pg_catalog.array_in'::regproc, to_regclass('nope')",
    "SELECT 'nope'::regclass",
    "SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'person'::regclass ORDER BY conname",
    "SELECT c.relname, i.indkey, i.indisprimary FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'person'::regclass ORDER BY 1",
    "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'person'::regclass AND attnum > 0 ORDER BY attnum",
    "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_name = 'person' ORDER BY ordinal_position",
    "SELECT t.typname, e.typname AS element FROM pg_type t JOIN pg_type e ON e.oid = t.typelem WHERE t.typcategory = 'A' AND e.typname IN ('int4', 'text') ORDER BY 1",
    "SELECT attname, tableoid::regclass FROM pg_attribute WHERE attrelid = 'pg_class'::regclass AND attnum = 1",
    "SELECT has_table_privilege('person', 'SELECT'), has_schema_privilege('public', 'USAGE'), pg_is_in_recovery()",
    "SELECT has_table_privilege('nope', 'SELECT')",
  ])("%s", async (statement) => {
    if (judge === null) throw new Error("PostgreSQL did not start");
    expect(await ours(statement)).toBe(await psql(judge, [statement]));
  });
});

describe("node-postgres", () => {
  it("takes parameters, gives types, and remembers a named statement", async () => {
    const client = await connected();
    const config = { name: "by-id", text: "SELECT id, population FROM city WHERE id = $1" };
    for (const [id, population] of [
      ["1", "2100000"],
      ["2", "2870000"],
    ]) {
      const { rows, fields, command, rowCount } = await client.query({ ...config, values: [id] });
      expect([rows, command, rowCount]).toEqual([[{ id, population }], "SELECT", 1]);
      expect(fields.map((field) => field.dataTypeID)).toEqual([25, 20]);
    }
    await client.end();
  });

  it("gets binary results that are those of text", async () => {
    const client = await connected();
    const text = "SELECT population, name FROM city WHERE id = $1";
    const binary = await client.query({ text, values: ["1"], binary: true });
    expect(binary.rows).toEqual((await client.query({ text, values: ["1"] })).rows);
    await client.end();
  });

  it("runs a transaction, sees its own writes, and undoes them", async () => {
    const client = await connected();
    const other = await connected();
    await client.query("BEGIN");
    await client.query("INSERT INTO city (id, name) VALUES ($1, $2)", ["3", "Oslo"]);
    const count = "SELECT count(*)::int AS n FROM city WHERE id = '3'";
    expect((await client.query(count)).rows).toEqual([{ n: 1 }]);
    expect((await other.query(count)).rows).toEqual([{ n: 0 }]);
    await client.query("ROLLBACK");
    expect((await client.query(count)).rows).toEqual([{ n: 0 }]);
    await Promise.all([client.end(), other.end()]);
  });

  it("gets errors with code, position, detail and names", async () => {
    const client = await connected();
    await expect(client.query("SELECT nope FROM city")).rejects.toMatchObject({ code: "42703", position: "8" });
    await client.query("INSERT INTO person (id, name, email) VALUES (1, 'a', 'x')");
    await expect(client.query("INSERT INTO person (id, name, email) VALUES (2, 'b', 'x')")).rejects.toMatchObject({
      code: "23505",
      detail: "Key (email)=(x) already exists.",
      table: "person",
      constraint: "person_email_key",
    });
    await expect(client.query("INSERT INTO person (id) VALUES (3)")).rejects.toMatchObject({ code: "23502", column: "name" });
    expect((await client.query("SELECT count(*)::int AS n FROM person")).rows).toEqual([{ n: 1 }]);
    await client.query("DELETE FROM person");
    await client.end();
  });

  it("undoes a whole string of statements when one fails", async () => {
    const client = await connected();
    await expect(client.query("INSERT INTO city (id) VALUES ('7'); SELECT 1/0")).rejects.toMatchObject({ code: "22012" });
    expect((await client.query("SELECT count(*)::int AS n FROM city WHERE id = '7'")).rows).toEqual([{ n: 0 }]);
    await client.end();
  });

  it("is cancelled", async () => {
    const client = await connected();
    const endless = client.query("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t");
    const cancelled = expect(endless).rejects.toMatchObject({ code: "57014" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const canceller = await RawClient.open(server.pg);
    canceller.send(untyped(80_877_102, Buffer.concat([int32(client.processID), int32(client.secretKey)])));
    expect(await canceller.rest()).toEqual([]);
    await cancelled;
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it("knows its own number", async () => {
    const client = await connected();
    expect((await client.query("SELECT pg_backend_pid() AS pid")).rows).toEqual([{ pid: client.processID }]);
    expect((await client.query("SELECT 'city'::regclass AS name, to_regclass('nope') AS nothing")).rows).toEqual([
      { name: "city", nothing: null },
    ]);
    await client.end();
  });

  it("keeps settings to the session", async () => {
    const client = await connected();
    await client.query("SET statement_timeout = '5s'");
    expect((await client.query("SHOW statement_timeout")).rows).toEqual([{ statement_timeout: "5s" }]);
    const other = await connected();
    expect((await other.query("SHOW statement_timeout")).rows).toEqual([{ statement_timeout: "0" }]);
    await Promise.all([client.end(), other.end()]);
  });
});
