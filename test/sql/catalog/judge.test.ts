// Side by side with a real PostgreSQL 15: the shapes of all system relations, the static rows, and the rows of one declared table.
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPCLASS_FACTS } from "../../../src/sql/catalog/facts/opclasses.ts";
import { PROC_FACTS } from "../../../src/sql/catalog/facts/procs.ts";
import { RELATION_FACTS } from "../../../src/sql/catalog/facts/relations.ts";
import { CATALOG } from "../../../src/sql/catalog/index.ts";
import { findType } from "../../../src/sql/types/index.ts";
import { PLAIN_STYLE } from "../../../src/sql/types/style.ts";
import { hasPostgres, type RealPostgres, startPostgres } from "../../support/postgres.ts";
import { DECLARED_SQL, FACTS } from "./support/facts.ts";

type Row = Record<string, string | null>;

let judge: RealPostgres | null = null;
let client: Client;
beforeAll(async () => {
  judge = await startPostgres();
  if (judge === null) return;
  client = new Client({ host: "127.0.0.1", port: judge.port, user: "postgres", database: "postgres" });
  await client.connect();
  await client.query(DECLARED_SQL);
});
afterAll(async () => {
  await client?.end();
  await judge?.stop();
});

/** All values as the text PostgreSQL sends. */
async function theirs(sql: string): Promise<Row[]> {
  const result = await client.query({ text: sql, types: { getTypeParser: () => (value) => value } });
  return result.rows as Row[];
}

/** The same of ours: internal form to text by the column's type. */
function ours(schema: string, name: string, keep: (row: Row) => boolean): Row[] {
  const relation = CATALOG.find(schema, name);
  if (relation === undefined) throw new Error(`${name} does not exist`);
  return relation
    .rows(FACTS)
    .map((row) =>
      Object.fromEntries(
        relation.columns.map((column, at) => {
          const value = row[at] ?? null;
          const type = findType(column.typeOid);
          // References to functions are compared by number.
          const plain =
            value === null || type === undefined || type.name.startsWith("reg") ? value : type.output(value, PLAIN_STYLE);
          return [column.name, plain === null ? null : String(plain)];
        }),
      ),
    )
    .filter(keep);
}

function pick(rows: Row[], columns: string[], order: string): string[] {
  return rows.map((row) => `${row[order]} ${JSON.stringify(columns.map((column) => [column, row[column]]))}`).sort();
}

describe.runIf(hasPostgres())("facts", () => {
  it("every system relation has PostgreSQL's columns", async () => {
    const rows = await theirs(`
      SELECT CASE nspname WHEN 'pg_catalog' THEN 'p' ELSE 'i' END || ' ' || relname || ' ' || CASE nspname WHEN 'pg_catalog' THEN c.oid::text || ' ' ELSE '' END || relkind::text || ' ' ||
        string_agg(attname || ':' || coalesce(b.typname, t.typname) ||
          CASE WHEN t.typtypmod > 0 THEN '(' || t.typtypmod || ')' WHEN atttypmod > 0 THEN '(' || atttypmod || ')' ELSE '' END, ' ' ORDER BY attnum) AS line
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute ON attrelid = c.oid AND attnum > 0
        JOIN pg_type t ON t.oid = atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype
      WHERE nspname IN ('pg_catalog', 'information_schema') AND relkind IN ('r', 'v') AND c.oid < 16384
      GROUP BY nspname, relname, c.oid, relkind`);
    // OIDs of views differ between builds; those of tables are fixed.
    const plain = (line: string): string => line.replace(/^(\w \w+ )\d+ v/, "$1v").replace(/^(i \w+ )\d+ r/, "$1r");
    expect(RELATION_FACTS.trim().split("\n").map(plain).sort()).toEqual(rows.map((row) => plain(row["line"] ?? "")).sort());
  });

  it("functions and operator classes are PostgreSQL's", async () => {
    const procs = await theirs("SELECT oid || ' ' || proname AS line FROM pg_proc");
    const known = new Set(procs.map((row) => row["line"]));
    for (const line of PROC_FACTS.trim().split("\n")) expect(known).toContain(line.split(" ").slice(0, 2).join(" "));
    const classes =
      await theirs(`SELECT concat_ws(' ', o.oid, opcname, opcfamily, opfname, opcintype, opcdefault, opckeytype) AS line
      FROM pg_opclass o JOIN pg_opfamily f ON f.oid = opcfamily WHERE opcmethod = 403 ORDER BY o.oid`);
    expect(OPCLASS_FACTS.trim().split("\n")).toEqual(classes.map((row) => row["line"]));
  });

  it("pg_type's rows are PostgreSQL's, column by column", async () => {
    const all = await theirs(
      "SELECT *, tableoid, typinput::oid AS typinput, typoutput::oid AS typoutput, typreceive::oid AS typreceive, typsend::oid AS typsend, typmodin::oid AS typmodin, typmodout::oid AS typmodout, typanalyze::oid AS typanalyze, typsubscript::oid AS typsubscript FROM pg_type",
    );
    const byOid = new Map(all.map((row) => [row["oid"], row]));
    const mine = ours("pg_catalog", "pg_type", () => true);
    expect(mine.length).toBeGreaterThan(60);
    for (const row of mine) expect(row).toEqual(byOid.get(row["oid"] ?? ""));
  });
});

describe.runIf(hasPostgres())("a declared table", () => {
  const OURS = "16400";

  it("pg_attribute", async () => {
    const columns = [
      "attname",
      "atttypid",
      "attstattarget",
      "attlen",
      "attnum",
      "attndims",
      "attcacheoff",
      "atttypmod",
      "attbyval",
      "attalign",
      "attstorage",
      "attcompression",
      "attnotnull",
      "atthasdef",
      "atthasmissing",
      "attidentity",
      "attgenerated",
      "attisdropped",
      "attislocal",
      "attinhcount",
      "attcollation",
    ];
    const right = await theirs("SELECT * FROM pg_attribute WHERE attrelid = 'person'::regclass AND attnum > 0");
    expect(
      pick(
        ours("pg_catalog", "pg_attribute", (row) => row["attrelid"] === OURS),
        columns,
        "attnum",
      ),
    ).toEqual(pick(right, columns, "attnum"));
  });

  it("pg_class", async () => {
    const columns = [
      "relname",
      "relnamespace",
      "reloftype",
      "relam",
      "reltablespace",
      "reltuples",
      "relhasindex",
      "relisshared",
      "relpersistence",
      "relkind",
      "relnatts",
      "relchecks",
      "relhasrules",
      "relhastriggers",
      "relhassubclass",
      "relrowsecurity",
      "relforcerowsecurity",
      "relispopulated",
      "relreplident",
      "relispartition",
      "relacl",
      "reloptions",
      "relpartbound",
    ];
    const right = await theirs("SELECT * FROM pg_class WHERE relname LIKE 'person%'");
    expect(
      pick(
        ours("pg_catalog", "pg_class", (row) => row["relname"]?.startsWith("person") === true),
        columns,
        "relname",
      ),
    ).toEqual(pick(right, columns, "relname"));
  });

  it("pg_index", async () => {
    const columns = [
      "indnatts",
      "indnkeyatts",
      "indisunique",
      "indnullsnotdistinct",
      "indisprimary",
      "indisexclusion",
      "indimmediate",
      "indisclustered",
      "indisvalid",
      "indcheckxmin",
      "indisready",
      "indislive",
      "indisreplident",
      "indkey",
      "indcollation",
      "indclass",
      "indoption",
      "indexprs",
      "indpred",
    ];
    const right = await theirs("SELECT * FROM pg_index WHERE indrelid = 'person'::regclass");
    expect(
      pick(
        ours("pg_catalog", "pg_index", (row) => row["indrelid"] === OURS),
        columns,
        "indkey",
      ),
    ).toEqual(pick(right, columns, "indkey"));
  });

  it("pg_constraint", async () => {
    const columns = [
      "conname",
      "connamespace",
      "contype",
      "condeferrable",
      "condeferred",
      "convalidated",
      "contypid",
      "conparentid",
      "confrelid",
      "confupdtype",
      "confdeltype",
      "confmatchtype",
      "conislocal",
      "coninhcount",
      "connoinherit",
      "conkey",
      "confkey",
    ];
    const right = await theirs("SELECT * FROM pg_constraint WHERE conrelid = 'person'::regclass");
    expect(
      pick(
        ours("pg_catalog", "pg_constraint", (row) => row["conrelid"] === OURS),
        columns,
        "conname",
      ),
    ).toEqual(pick(right, columns, "conname"));
  });

  it.each([
    ["columns", "ordinal_position"],
    ["tables", "table_name"],
    ["key_column_usage", "constraint_name"],
    ["constraint_column_usage", "constraint_name"],
  ])("information_schema.%s, every column", async (name, order) => {
    const mine = ours("information_schema", name, (row) => row["table_name"] === "person");
    const right = await theirs(`SELECT * FROM information_schema.${name} WHERE table_name = 'person'`);
    const columns = Object.keys(right[0] ?? {}).filter((column) => !/_catalog$/.test(column));
    expect(pick(mine, columns, order)).toEqual(pick(right, columns, order));
  });

  it("information_schema.table_constraints and check_constraints", async () => {
    const mine = ours("information_schema", "table_constraints", (row) => row["table_name"] === "person");
    const right = await theirs("SELECT * FROM information_schema.table_constraints WHERE table_name = 'person'");
    const columns = ["constraint_name", "constraint_type", "is_deferrable", "initially_deferred", "enforced", "nulls_distinct"];
    const relation = (rows: Row[]): Row[] =>
      rows.map((row) => ({ ...row, constraint_name: row["constraint_name"]?.replace(/^2200_\d+_/, "") ?? null }));
    expect(pick(relation(mine), columns, "constraint_name")).toEqual(pick(relation(right), columns, "constraint_name"));
    const checks = await theirs(
      "SELECT regexp_replace(constraint_name, '^2200_\\d+_', '') AS constraint_name, check_clause FROM information_schema.check_constraints WHERE constraint_schema = 'public'",
    );
    const ourChecks = relation(
      ours("information_schema", "check_constraints", (row) => row["constraint_name"]?.startsWith("2200_16400_") === true),
    );
    expect(pick(ourChecks, ["check_clause"], "constraint_name")).toEqual(pick(checks, ["check_clause"], "constraint_name"));
  });

  it("pg_indexes", async () => {
    const columns = ["schemaname", "tablename", "indexname", "tablespace", "indexdef"];
    const right = await theirs("SELECT * FROM pg_indexes WHERE tablename = 'person'");
    expect(
      pick(
        ours("pg_catalog", "pg_indexes", (row) => row["tablename"] === "person"),
        columns,
        "indexname",
      ),
    ).toEqual(pick(right, columns, "indexname"));
  });
});
