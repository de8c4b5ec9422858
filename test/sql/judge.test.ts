// The same statements to ChronDB and to a real PostgreSQL 15, one session each: columns and their types, rows, tags, and of
// errors SQLSTATE, message, detail, hint and position must be the same.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SqlErrorFields } from "../../src/sql/contract.ts";
import { hasPostgres } from "../support/postgres.ts";
import { CHANGES } from "./judge/changes.ts";
import { EXPRESSIONS } from "./judge/expressions.ts";
import { FUNCTIONS_CALLED } from "./judge/functions.ts";
import { MOMENTS } from "./judge/moments.ts";
import { NUMBERS } from "./judge/numbers.ts";
import { PATHS } from "./judge/paths.ts";
import { QUERIES } from "./judge/queries.ts";
import { ROWS } from "./judge/rows.ts";
import { STRINGS } from "./judge/strings.ts";
import { TABLES } from "./judge/tables.ts";
import { WINDOWS } from "./judge/windows.ts";
import { Judge } from "./support/judge.ts";
import { type Answer, TestRoom, type TestSession } from "./support/room.ts";

/** Statements whose answers differ, each with the reason. */
const DIFFERENT: Readonly<Record<string, string>> = {
  "SELECT $1::int + 1, pg_typeof(1.5), pg_typeof('a'), pg_typeof(now())":
    "pg_typeof of a bare literal says text: it has become text by then",
  "INSERT INTO nosuch VALUES (1) RETURNING nothing": "an INSERT into a table nobody knows makes it",
  "SELECT p FROM person p WHERE id = 2": "a whole row is of type record: tables have no composite types",
};

/** Called through syntax (subscripts, SIMILAR TO), or of an extension the judge does not have. */
const UNNAMED = [
  ...["name_subscript", "array_subscript", "array_slice", "similar_to_escape", "uuid_generate_v4"],
  // Judged message by message in the door's tests.
  ...["pg_notify", "pg_listening_channels", "pg_notification_queue_usage"],
];

/** What a client is told of an error. */
function told(error: SqlErrorFields | null): object | null {
  if (error === null) return null;
  const { sqlstate, message, detail, hint, position } = error;
  return { sqlstate, message, detail, hint, position };
}

/** node-postgres keeps only the first word of a tag without a count. */
const firstWord = (tag: string): string => (/\d$/.test(tag) ? tag : (tag.split(" ")[0] ?? ""));

const comparable = (answer: Answer): object => ({ ...answer, error: told(answer.error), tag: firstWord(answer.tag) });

describe.skipIf(!hasPostgres() && process.env["CI"] === undefined)("side by side with PostgreSQL 15", () => {
  let room: TestRoom;
  let ours: TestSession;
  let judge: Judge;

  beforeAll(async () => {
    room = await TestRoom.open();
    ours = room.session();
    const started = await Judge.start();
    if (started === null) throw new Error("PostgreSQL 15 is not installed");
    judge = started;
  });
  afterAll(async () => {
    await judge?.stop();
    await room?.close();
  });

  test("every function of the registry is among them", async () => {
    const { FUNCTIONS } = await import("../../src/sql/functions/index.ts");
    const { CATALOG_FUNCTIONS } = await import("../../src/sql/functions/catalog/index.ts");
    const text = [
      ...EXPRESSIONS,
      ...FUNCTIONS_CALLED,
      ...NUMBERS,
      ...MOMENTS,
      ...PATHS,
      ...STRINGS,
      ...TABLES,
      ...QUERIES,
      ...WINDOWS,
    ].join("\n");
    // Those of the catalogue have tables of their own; the others are called by the grammar, or are not PostgreSQL's.
    const elsewhere = new Set<string>([...CATALOG_FUNCTIONS.map(({ name }) => name), ...UNNAMED]);
    const missing = FUNCTIONS.filter(({ name }) => !elsewhere.has(name) && !new RegExp(`\\b${name}\\b`).test(text));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  for (const [name, statements] of Object.entries({
    expressions: EXPRESSIONS,
    functions: FUNCTIONS_CALLED,
    numbers: NUMBERS,
    moments: MOMENTS,
    paths: PATHS,
    strings: STRINGS,
    tables: TABLES,
    queries: QUERIES,
    windows: WINDOWS,
    changes: CHANGES,
    rows: ROWS,
  })) {
    test(name, async () => {
      const differing: unknown[] = [];
      for (const text of statements) {
        const parameters = text.includes("$1") ? ["41"] : [];
        const [us, them] = [comparable(await ours.run(text, parameters)), comparable(await judge.run(text, parameters))];
        const same = JSON.stringify(us) === JSON.stringify(them);
        if (same !== !(text in DIFFERENT)) differing.push({ text, us, them });
      }
      expect(differing).toEqual([]);
    }, 60_000);
  }
});
