// Wire binary forms, byte for byte those of PostgreSQL 15, and back to the same text.
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromBinary, toBinary, typeByName } from "../../../src/sql/types/index.ts";
import { hasPostgres, type RealPostgres, startPostgres } from "../../support/postgres.ts";

const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  bool: ["t", "f"],
  int2: ["0", "-32768", "32767"],
  int4: ["0", "-2147483648", "2147483647"],
  int8: ["0", "-9223372036854775808", "9223372036854775807"],
  oid: ["0", "4294967295"],
  float4: ["1.5", "-0.1", "NaN", "Infinity", "1e+10"],
  float8: ["1.5", "-0.1", "NaN", "-Infinity", "1e-300", "123456789.125"],
  numeric: ["0", "1", "-1.10", "12345678901234567890.123456789", "0.00001", "10000", "1e20", "NaN", "Infinity", "0.000"],
  text: ["", "héllo 🐘"],
  varchar: ["x"],
  bytea: ["\\x", "\\x00ff10"],
  date: ["2000-01-01", "1970-01-01", "9999-12-31", "0001-01-01", "infinity", "-infinity"],
  time: ["00:00:00", "23:59:59.999999"],
  timestamp: ["2000-01-01 00:00:00", "1969-12-31 23:59:59.5", "infinity"],
  timestamptz: ["2024-02-29 12:00:00.000001+00", "-infinity"],
  interval: ["00:00:00", "1 year 2 mons 3 days 04:05:06.7", "-1 days +02:03:00"],
  uuid: ["550e8400-e29b-41d4-a716-446655440000"],
  json: ['{"a": 1}'],
  jsonb: ['{"a": [1, null]}'],
  _int4: ["{}", "{1,2,NULL}", "{{1,2},{3,4}}"],
  _text: ['{a,"b c",NULL,"","x\\"y"}'],
  _numeric: ["{1.10,2}"],
  int2vector: ["1 2 3"],
};

const SEND: Readonly<Record<string, string>> = Object.fromEntries([
  ...["numeric", "date", "time", "timestamp", "timestamptz", "interval", "uuid", "json", "jsonb"].map((name) => [
    name,
    `${name}_send`,
  ]),
  ...["_int4", "_text", "_numeric"].map((name) => [name, "array_send"]),
]);

describe.skipIf(!hasPostgres() && process.env["CI"] === undefined)("side by side with PostgreSQL 15", () => {
  let server: RealPostgres | null;
  let client: InstanceType<typeof pg.Client>;
  beforeAll(async () => {
    server = await startPostgres();
    if (server === null) throw new Error("PostgreSQL 15 is not installed");
    client = new pg.Client({ host: "127.0.0.1", port: server.port, user: server.user, database: server.database });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  test.each(Object.keys(SAMPLES))("%s", async (name) => {
    const oid = typeByName(name)?.oid ?? 0;
    for (const sample of SAMPLES[name] ?? []) {
      // Each type's own send function makes what the wire carries; the client would read the bytes as text.
      const text = `SELECT v::text, encode(${SEND[name] ?? `${name}send`}(v), 'hex') FROM (SELECT $1::${name} AS v) x`;
      const [row] = (
        (await client.query({ text, values: [sample], rowMode: "array" } as never)) as unknown as { rows: string[][] }
      ).rows;
      const [cast = "", bytes = ""] = row ?? [];
      const shown = name === "bool" ? cast.slice(0, 1) : cast;
      expect({ sample, bytes: toBinary(oid, shown).toString("hex") }).toEqual({ sample, bytes });
      expect(fromBinary(oid, Buffer.from(bytes, "hex"))).toBe(shown);
    }
  });
});

test("bytes of a wrong length are refused", () => {
  expect(() => fromBinary(23, Buffer.from([1, 2]))).toThrow("incorrect binary data format for type integer");
  expect(() => fromBinary(1700, Buffer.from([0, 1]))).toThrow("incorrect binary data format for type numeric");
});
