// The catalogue's functions: their answers on their own, and the pure ones side by side with PostgreSQL 15.
import fc from "fast-check";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nameParts, nameResolver } from "../../../src/sql/catalog/names.ts";
import { quoteIdentifier } from "../../../src/sql/catalog/quote.ts";
import { CATALOG_FUNCTIONS } from "../../../src/sql/functions/catalog/index.ts";
import { type Context, within } from "../../../src/sql/functions/context.ts";
import { findType, OID, type Raw, TYPES } from "../../../src/sql/types/index.ts";
import { unpackInterval } from "../../../src/sql/types/interval-value.ts";
import { PLAIN_STYLE } from "../../../src/sql/types/style.ts";
import { hasPostgres, type RealPostgres, startPostgres } from "../../support/postgres.ts";
import { FACTS } from "./support/facts.ts";

const CONTEXT: Context = {
  style: PLAIN_STYLE,
  clock: () => 0,
  uuid: () => "",
  random: () => 0,
  facts: FACTS,
  notify: () => undefined,
  setSetting: (_name, value) => value,
  names: nameResolver(FACTS),
};

/** Calls the overload that takes these argument types. */
function call(name: string, types: readonly number[], ...args: Raw[]): Raw {
  const found = CATALOG_FUNCTIONS.find(
    (each) =>
      each.name === name &&
      each.args.slice(0, args.length).join() === types.join() &&
      each.args.length - (each.optional ?? 0) <= args.length &&
      args.length <= each.args.length,
  );
  if (found?.js === undefined) throw new Error(`there is no ${name}(${types.join()}) in JavaScript`);
  const { js } = found;
  return within(CONTEXT, () => js(...args));
}

const PERSON = 16_400;

describe("answers", () => {
  it.each<[string, number[], Raw[], Raw]>([
    ["current_database", [], [], "chrondb"],
    ["current_schema", [], [], "public"],
    ["current_schemas", [OID.bool], [1], '["pg_catalog","public"]'],
    ["current_schemas", [OID.bool], [0], '["public"]'],
    ["version", [], [], "PostgreSQL 15.18 compatible ChronDB"],
    ["pg_get_userbyid", [OID.oid], [10], "chrondb"],
    ["pg_get_userbyid", [OID.oid], [99], "unknown (OID=99)"],
    ["pg_get_indexdef", [OID.oid], [PERSON + 1], "CREATE UNIQUE INDEX person_pkey ON public.person USING btree (id)"],
    ["pg_get_indexdef", [OID.oid, OID.int4, OID.bool], [PERSON + 1, 1, 1], "id"],
    ["pg_get_indexdef", [OID.oid, OID.int4, OID.bool], [PERSON + 1, 2, 1], ""],
    ["pg_get_indexdef", [OID.oid], [1], null],
    ["pg_get_constraintdef", [OID.oid], [PERSON + 2], "PRIMARY KEY (id)"],
    ["pg_get_constraintdef", [OID.oid], [1], null],
    ["pg_table_is_visible", [OID.oid], [PERSON], 1],
    ["to_regclass", [OID.text], ["person"], PERSON],
    ["to_regclass", [OID.text], ['public."person"'], PERSON],
    ["to_regclass", [OID.text], ["PERSON"], PERSON],
    ["to_regclass", [OID.text], ['"PERSON"'], null],
    ["to_regclass", [OID.text], ["other.person"], null],
    ["to_regclass", [OID.text], ["person_pkey"], PERSON + 1],
    ["to_regclass", [OID.text], ["pg_class"], 1259],
    ["to_regclass", [OID.text], ["tables"], null],
    ["to_regnamespace", [OID.text], ["public"], 2200],
    ["to_regrole", [OID.text], ["ada"], 16_383],
    ["to_regproc", [OID.text], ["pg_catalog.array_in"], 750],
    ["has_table_privilege", [OID.text, OID.text], ["person", "SELECT"], 1],
    ["has_table_privilege", [OID.name, OID.oid, OID.text], ["ada", PERSON, "SELECT"], 1],
    ["has_table_privilege", [OID.oid, OID.text], [7, "SELECT"], null],
    ["has_schema_privilege", [OID.text, OID.text], ["public", "USAGE"], 1],
    ["has_database_privilege", [OID.text, OID.text], ["other", "CONNECT"], 1],
  ])("%s %j of %j", (name, types, args, answer) => expect(call(name, types, ...args)).toBe(answer));

  it.each<[string, string, string]>([
    ["has_table_privilege", "nope", 'relation "nope" does not exist'],
    ["has_schema_privilege", "nope", 'schema "nope" does not exist'],
    ["has_database_privilege", "nope", 'database "nope" does not exist'],
  ])("%s of what is not there", (name, object, message) => {
    expect(() => call(name, [OID.text, OID.text], object, "SELECT")).toThrow(message);
  });

  it("names of OIDs are those a cast prints", () => {
    const names = nameResolver(FACTS);
    expect(names.toName("regclass", PERSON)).toBe("person");
    expect(names.toName("regclass", 1259)).toBe("pg_class");
    expect(names.toName("regclass", 7)).toBeNull();
    expect(names.toName("regtype", 1043)).toBe("character varying");
    expect(names.toName("regnamespace", 11)).toBe("pg_catalog");
  });
});

describe.runIf(hasPostgres())("side by side", () => {
  let judge: RealPostgres | null = null;
  let client: Client;
  beforeAll(async () => {
    judge = await startPostgres();
    if (judge === null) return;
    client = new Client({ host: "127.0.0.1", port: judge.port, user: "postgres", database: "postgres" });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await judge?.stop();
  });

  async function theirs(sql: string, values: unknown[] = []): Promise<unknown[]> {
    return (await client.query(sql, values)).rows.map((row) => row["v"]);
  }

  /** Types whose modifier is any number; an interval's is a set of bits. */
  const modified = (type: (typeof TYPES)[number]): boolean =>
    type.name.endsWith("interval") ? false : (findType(type.elementOid || type.oid)?.showModifier ?? null) !== null;

  it("format_type of every type, with and without modifiers", async () => {
    const cases = TYPES.flatMap((type) =>
      (modified(type) ? [null, -1, 3, 44, 655_366] : [null, -1]).map((typmod) => ({ oid: type.oid, typmod })),
    );
    const right = await theirs(
      "SELECT format_type((c->>'oid')::oid, (c->>'typmod')::int) AS v FROM json_array_elements($1::json) WITH ORDINALITY AS a(c, n) ORDER BY n",
      [JSON.stringify(cases)],
    );
    const mine = cases.map(({ oid, typmod }) => call("format_type", [OID.oid, OID.int4], oid, typmod));
    expect(cases.map((each, at) => [each, mine[at]])).toEqual(cases.map((each, at) => [each, right[at]]));
  });

  it("pg_size_pretty", async () => {
    const [seed = 0] = fc.sample(fc.integer(), 1);
    const sizes = [
      ...[0, 1, 1023, 10_239, 10_240, 10_241, 10_485_247, 10_485_248, -10_240, -10_239].map(BigInt),
      ...fc.sample(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), { numRuns: 50, seed }),
      ...fc.sample(fc.bigInt({ min: -(2n ** 30n), max: 2n ** 30n }), { numRuns: 50, seed }),
    ];
    const right = await theirs("SELECT pg_size_pretty(s) AS v FROM unnest($1::bigint[]) WITH ORDINALITY AS a(s, n) ORDER BY n", [
      sizes.map(String),
    ]);
    expect([seed, sizes.map((size) => call("pg_size_pretty", [OID.int8], size))]).toEqual([seed, right]);
  });

  it("encodings", async () => {
    const numbers = Array.from({ length: 44 }, (_, at) => at - 1);
    const right = await theirs(
      "SELECT pg_encoding_to_char(e) AS v FROM unnest($1::int[]) WITH ORDINALITY AS a(e, n) ORDER BY n",
      [numbers],
    );
    expect(numbers.map((number) => call("pg_encoding_to_char", [OID.int4], number))).toEqual(right);
    const names = ["utf8", "UTF-8", "latin1", "nope", "sql_ascii"];
    const codes = await theirs(
      "SELECT pg_char_to_encoding(e) AS v FROM unnest($1::text[]) WITH ORDINALITY AS a(e, n) ORDER BY n",
      [names],
    );
    expect(names.filter((name) => name !== "UTF-8").map((name) => call("pg_char_to_encoding", [OID.name], name))).toEqual(
      codes.filter((_, at) => names[at] !== "UTF-8"),
    );
  });

  it("time zones, their offsets and whether it is summer there", async () => {
    const found = CATALOG_FUNCTIONS.find((each) => each.name === "pg_timezone_names");
    for (const month of ["01", "07"]) {
      const now = Date.UTC(2026, Number(month) - 1, 15) * 1000;
      const rows = within({ ...CONTEXT, facts: { ...FACTS, now } }, () => [
        ...(found?.rows?.([], { args: [], returns: OID.record }) ?? []),
      ]);
      const zones = ["UTC", "Europe/Paris", "America/New_York", "Asia/Dubai", "Australia/Sydney"];
      const right = await theirs(
        `SELECT extract(epoch FROM timestamp '2026-${month}-15' - (timestamptz '2026-${month}-15 00:00+00' AT TIME ZONE z)) AS v
         FROM unnest($1::text[]) WITH ORDINALITY AS a(z, n) ORDER BY n`,
        [zones],
      );
      const offsets = zones.map((zone) => unpackInterval(String(rows.find((row) => row[0] === zone)?.[2])).micros / -1_000_000n);
      expect(offsets.map(Number)).toEqual(right.map(Number));
      const summer = zones.filter((zone) => rows.find((row) => row[0] === zone)?.[3] === 1);
      expect(summer).toEqual(month === "07" ? ["Europe/Paris", "America/New_York"] : ["Australia/Sydney"]);
    }
  });

  it("default rights", async () => {
    const kinds = [..."crsdflLnptFST"];
    const right = await theirs(
      'SELECT acldefault(k::"char", 10)::text AS v FROM unnest($1::text[]) WITH ORDINALITY AS a(k, n) ORDER BY n',
      [kinds],
    );
    const mine = kinds.map((kind) => JSON.parse(String(call("acldefault", [OID.char, OID.oid], kind, 10))) as string[]);
    expect(mine.map((items) => `{${items.join(",").replaceAll("chrondb", "postgres")}}`)).toEqual(right);
  });

  it("quoting of identifiers", async () => {
    const words = await theirs("SELECT word AS v FROM pg_get_keywords()");
    const names = [...words.map(String), "plain", "With Space", "UPPER", "a$b", "1a", 'q"q', "é", "_x", ""].filter(
      (name) => name !== "",
    );
    const right = await theirs("SELECT quote_ident(e) AS v FROM unnest($1::text[]) WITH ORDINALITY AS a(e, n) ORDER BY n", [
      names,
    ]);
    expect(names.map(quoteIdentifier)).toEqual(right);
  });

  it("to_regtype of spellings", async () => {
    const names = [
      "int",
      "integer",
      "int4",
      "INT8",
      "text",
      "varchar(10)",
      "character varying",
      "timestamp with time zone",
      "timestamptz",
      "timestamp",
      "bool",
      "text[]",
      "_text",
      "pg_catalog.int4",
      "double precision",
      "float8",
      "nope",
      "jsonb",
      '"char"',
      "char",
      "name",
      "numeric(10,2)[]",
      "regclass",
    ];
    const right = await theirs(
      "SELECT to_regtype(e)::oid::int AS v FROM unnest($1::text[]) WITH ORDINALITY AS a(e, n) ORDER BY n",
      [names],
    );
    expect(names.map((name) => [name, call("to_regtype", [OID.text], name)])).toEqual(names.map((name, at) => [name, right[at]]));
  });
});

describe("pg_options_to_table", () => {
  it("splits at the first equals sign", () => {
    const found = CATALOG_FUNCTIONS.find((each) => each.name === "pg_options_to_table");
    const rows = found?.rows?.(['["a=1","b","c=x=y"]'], { args: [OID.textArray], returns: OID.record });
    expect([...(rows ?? [])]).toEqual([
      ["a", "1"],
      ["b", null],
      ["c", "x=y"],
    ]);
  });
});

describe("nameParts", () => {
  it.each<[string, string[] | null]>([
    ["a", ["a"]],
    ["A.b", ["a", "b"]],
    ['"A"."b""c"', ["A", 'b"c']],
    ["a.", null],
    ["", null],
    ["a b", null],
    ['"a', null],
  ])("%j", (text, parts) => expect(nameParts(text)).toEqual(parts));
});
