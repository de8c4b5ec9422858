// The shape of the system relations, and what they say of a declared and an undeclared table.
import { describe, expect, it } from "vitest";
import { CATALOG, FILLED } from "../../../src/sql/catalog/index.ts";
import { CATALOG_SNAPSHOT, FACTS, rowsOf } from "./support/facts.ts";

describe("shape", () => {
  it.each(FILLED.map((filled) => [filled.name, filled] as const))(
    "%s gives only columns it has, of the right kind",
    (name, filled) => {
      const [schema = "", relation = ""] = name.split(".");
      const found = CATALOG.find(schema, relation);
      const columns = new Set(found?.columns.map((column) => column.name));
      const rows = filled.make(FACTS);
      expect(rows.length).toBeGreaterThan(0);
      const wrong = rows.flatMap((row) =>
        Object.entries(row).filter(
          ([column, value]) => !columns.has(column) || !["string", "number", "object"].includes(typeof value),
        ),
      );
      expect(wrong).toEqual([]);
    },
  );

  it("gives the same array as long as the catalogue is the same", () => {
    for (const filled of FILLED)
      if (!/pg_(settings|cursors|prepared_statements)$/.test(filled.name)) expect(filled.rows(FACTS)).toBe(filled.rows(FACTS));
    const changed = { ...FACTS, catalog: { ...CATALOG_SNAPSHOT, version: 2 } };
    const pgClass = FILLED.find((filled) => filled.name === "pg_catalog.pg_class");
    expect(pgClass?.rows(changed)).not.toBe(pgClass?.rows(FACTS));
  });

  it("searches pg_catalog by bare name, information_schema only by its own", () => {
    expect(CATALOG.find(undefined, "pg_class")?.oid).toBe(1259);
    expect(CATALOG.find("pg_catalog", "pg_class")?.oid).toBe(1259);
    expect(CATALOG.find(undefined, "tables")).toBeUndefined();
    expect(CATALOG.find("information_schema", "tables")?.schema).toBe("information_schema");
    expect(CATALOG.find("public", "pg_class")).toBeUndefined();
  });

  it("has OIDs that are unique in each catalogue and fit int4", () => {
    for (const name of ["pg_class", "pg_constraint", "pg_attrdef", "pg_type", "pg_namespace", "pg_database", "pg_roles"]) {
      const oids = rowsOf(CATALOG.find("pg_catalog", name)).map((row) => Number(row["oid"]));
      expect(new Set(oids).size).toBe(oids.length);
      expect(Math.max(...oids)).toBeLessThan(2 ** 31);
    }
  });
});

describe("what it says", () => {
  const attributes = (relation: string) => {
    const pgClass = rowsOf(CATALOG.find("pg_catalog", "pg_class")).find((row) => row["relname"] === relation);
    return rowsOf(CATALOG.find("pg_catalog", "pg_attribute")).filter((row) => row["attrelid"] === pgClass?.["oid"]);
  };

  it("an undeclared table has id and the fields seen, typed over all documents", () => {
    expect(attributes("city").map((row) => [row["attnum"], row["attname"], row["atttypid"], row["attnotnull"]])).toEqual([
      [1, "id", 25, 1],
      [2, "name", 25, 0],
      [3, "population", 20, 0],
      [4, "lat", 1700, 0],
      [5, "capital", 16, 0],
      [6, "tags", 3802, 0],
      [7, "value", 25, 0],
    ]);
  });

  it("its id is a primary key", () => {
    const indexes = rowsOf(CATALOG.find("pg_catalog", "pg_indexes")).filter((row) => row["tablename"] === "city");
    expect(indexes.map((row) => row["indexdef"])).toEqual(["CREATE UNIQUE INDEX city_pkey ON public.city USING btree (id)"]);
  });

  it("databases are tenants", () => {
    expect(rowsOf(CATALOG.find("pg_catalog", "pg_database")).map((row) => row["datname"])).toEqual(["chrondb", "other"]);
  });

  it("everything belongs to chrondb, and the user is a role too", () => {
    expect(rowsOf(CATALOG.find("pg_catalog", "pg_roles")).map((row) => [row["oid"], row["rolname"]])).toEqual([
      [10, "chrondb"],
      [16_383, "ada"],
    ]);
  });
});
