// Scripts about COPY.
import { bind, describeStatement, execute, parse, query, raw, SYNC } from "./raw-client.ts";
import { type Step, step } from "./script.ts";
import { queries, type Script } from "./session-scripts.ts";

const data = (text: string | Buffer): Buffer => raw("d", Buffer.from(text));
const DONE = raw("c", Buffer.alloc(0));
const giveUp = (why: string): Buffer => raw("f", Buffer.from(`${why}\0`));

/** COPY FROM STDIN with these pieces of data. */
const into = (text: string, ...pieces: readonly (string | Buffer)[]): Step => step("Z", query(text), ...pieces.map(data), DONE);
const ask = (text: string): Step => step("Z", query(text));

const TABLE = "CREATE TABLE cp (id int PRIMARY KEY, name varchar(6), n numeric(6,2), ok boolean, note text DEFAULT 'none')";

const script = (name: string, ...steps: readonly Step[]): Script => ({
  name: `COPY ${name}`,
  steps: [ask("DROP TABLE IF EXISTS cp"), ask(TABLE), ...steps, ask("SELECT * FROM cp ORDER BY id"), ask("DROP TABLE cp")].slice(
    1,
  ),
});

const BINARY_HEAD = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
const binaryRow = (...fields: readonly (Buffer | null)[]): Buffer => {
  const count = Buffer.alloc(2);
  count.writeInt16BE(fields.length);
  return Buffer.concat([
    count,
    ...fields.flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(field === null ? -1 : field.length);
      return field === null ? [length] : [length, field];
    }),
  ]);
};
const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const END = Buffer.from([0xff, 0xff]);

export const COPY_SCRIPTS: readonly Script[] = [
  script(
    "text in",
    into(
      "COPY cp FROM STDIN",
      "1\tone\t1.5\tt\thello\n2\t\\N\t\\N\tf\t\\N\n",
      "3\tta\\tb\t2.005\ttrue\tback\\\\slash\\nline",
      "\n4\té\\x41\\101\t0\t0\t\n",
    ),
    into("COPY cp (id, name) FROM STDIN", "5\tfive\n", "6\tsix"),
    into("COPY cp (name, id) FROM STDIN", "sev\\\nen\t7\r", "\n"),
    into("COPY cp (id, note) FROM STDIN WITH (DELIMITER '|', NULL '-')", "8|a\\|b\n9|-\n10|\\-\n\\.\n11|never\n"),
    into("COPY cp (id) FROM STDIN", ""),
    into("COPY cp (id, name) FROM STDIN WHERE id > 20 AND name <> 'no'", "19\tx\n21\tyes\n22\tno\n"),
    into("COPY cp (id, name) FROM STDIN (HEADER)", "id\tname\n31\thead\n"),
    into("COPY cp (id, name) FROM STDIN (HEADER MATCH)", "id\tname\n32\tmatch\n"),
    into("COPY cp (id, name) FROM STDIN", "41\ta\r\n42\tb\r\n"),
    into("COPY cp (id, name) FROM STDIN", "51\ta\r52\tb\r"),
    into("COPY cp (id, name) FROM STDIN", Buffer.from("61\t\xc3", "latin1"), Buffer.from("\xa9\n", "latin1")),
    into("COPY cp (id, note) FROM STDIN", "71\t\\b\\f\\v\\r\\q\\x4\\7z\n"),
  ),
  script(
    "refusals of data",
    into("COPY cp (id, name) FROM STDIN", "1\tone\n", "x2\ttwo\n"),
    into("COPY cp (id, name) FROM STDIN", "1\tone\n2\n"),
    into("COPY cp (id, name) FROM STDIN", "1\tone\n2\ttwo\tthree\n"),
    into("COPY cp (id, name) FROM STDIN", "1\tmuch too long\n"),
    into("COPY cp (id, n) FROM STDIN", "1\t1\n2\t123456\n"),
    into("COPY cp (id, ok) FROM STDIN", "1\tperhaps\n"),
    into("COPY cp (id, name) FROM STDIN", "1\ta\n2\tb\n1\tc\n"),
    into("COPY cp (id, name) FROM STDIN", "\\N\ta\n"),
    into("COPY cp (name) FROM STDIN", "a\n"),
    into("COPY cp (id, name) FROM STDIN", "1\ta\n2\tb\r\n"),
    into("COPY cp (id, name) FROM STDIN", "1\ta\r\n2\tb\n"),
    into("COPY cp (id, name) FROM STDIN", "1\ta\n\\.x\n"),
    into("COPY cp (id, name) FROM STDIN", Buffer.from("1\ta\n2\t\xff\n", "latin1")),
    into("COPY cp (id, name) FROM STDIN", Buffer.from("1\ta\0b\n", "latin1")),
    into("COPY cp (id, name) FROM STDIN (HEADER MATCH)", "id\tnope\n1\ta\n"),
    into("COPY cp (id, name) FROM STDIN (HEADER MATCH)", "id\n1\ta\n"),
    into("COPY cp (id, name) FROM STDIN (HEADER MATCH)", "id\t\\N\n1\ta\n"),
    into("COPY cp (id, note) FROM STDIN", `1\t${"l".repeat(150)}\textra\n`),
    step("Z", query("COPY cp (id, name) FROM STDIN"), data("1\ta\n"), giveUp("changed my mind")),
    step("Z", query("COPY cp FROM STDIN"), giveUp("")),
    ask("SELECT count(*) FROM cp"),
  ),
  script(
    "csv in",
    into("COPY cp FROM STDIN CSV", '1,one,1.5,t,"hello, ""you"""\n2,,,f,""\n', '3,"a\nb",2,true,"x', 'y"\n'),
    into(
      "COPY cp (id, note) FROM STDIN (FORMAT csv, DELIMITER ';', QUOTE '''', ESCAPE '\\', NULL 'nil')",
      "4;'it\\'s;'\n5;nil\n6;'nil'\n7;\n",
    ),
    into("COPY cp (id, note) FROM STDIN (FORMAT csv, HEADER)", "a,b,c\n8,eight\n"),
    into("COPY cp (id, note) FROM STDIN (FORMAT csv, FORCE_NOT_NULL (note))", "9,\n"),
    into("COPY cp (id, note) FROM STDIN (FORMAT csv, FORCE_NULL (note))", '10,""\n11,"x"\n'),
    into("COPY cp (id, note) FROM STDIN (FORMAT csv, HEADER match)", 'id,"note"\n12,twelve\n'),
    into("COPY cp (id, note) FROM STDIN CSV", '13,a"b,c"d\n14, spaced \n'),
    into("COPY cp (id, note) FROM STDIN CSV", "15,a\r\n16,b\r\n\\.\r\n17,c\r\n"),
    into("COPY cp (id, note) FROM STDIN CSV", '18,"open\n'),
    into("COPY cp (id, note) FROM STDIN CSV", '19,"two\nlines"\nbad,x\n'),
    into("COPY cp (id, note) FROM STDIN CSV", "20,a\n21,b\r\n"),
    into("COPY cp (id, note) FROM STDIN CSV", "20,a,b\n"),
    into("COPY cp (id, note) FROM STDIN CSV", "20\n"),
    into("COPY cp (id, n) FROM STDIN CSV", '20,\n21,""\n'),
  ),
  script(
    "out",
    into("COPY cp FROM STDIN CSV", '1,one,1.5,t,"a,b"\n2,,,f,\n3,"q""q",2,true,"x\ny"\n4,tab,3,f,"t\tb\\r"\n'),
    ask("COPY cp TO STDOUT"),
    ask("COPY cp (note, id) TO STDOUT"),
    ask("COPY (SELECT id, note FROM cp WHERE id > 2 ORDER BY id DESC) TO STDOUT"),
    ask("COPY (SELECT 1 AS one, NULL AS nothing, 'x' AS x WHERE false) TO STDOUT (HEADER)"),
    ask("COPY cp TO STDOUT CSV HEADER"),
    ask("COPY cp TO STDOUT (FORMAT csv, FORCE_QUOTE *, NULL 'nil')"),
    ask("COPY cp TO STDOUT (FORMAT csv, FORCE_QUOTE (note), DELIMITER ';', QUOTE '''', ESCAPE '!')"),
    ask("COPY cp TO STDOUT (DELIMITER '|', NULL '<null>')"),
    ask("COPY (VALUES (1, '\\.'), (2, '')) TO STDOUT CSV"),
    ask("COPY (SELECT '\\.') TO STDOUT CSV"),
    ask("COPY (INSERT INTO cp (id) VALUES (77) RETURNING id, note) TO STDOUT"),
    ask("COPY (DELETE FROM cp WHERE id = 77) TO STDOUT"),
    ask("COPY cp (id, name, ok) TO STDOUT (FORMAT binary)"),
    ask("COPY (SELECT 1 WHERE false) TO STDOUT BINARY"),
    ask("COPY (SELECT E'\\b\\f\\n\\r\\t\\\\' || chr(11)) TO STDOUT"),
    ask("COPY (SELECT 'a|b\\c') TO STDOUT (DELIMITER '|')"),
    ask(
      "COPY (SELECT '{1,\"a b\"}'::text[], true, '2020-01-02'::date, '\\x0102'::bytea, 1.50::numeric, '{\"a\": 1}'::jsonb) TO STDOUT",
    ),
    ask("SELECT 1; COPY (SELECT 2) TO STDOUT; SELECT 3"),
  ),
  script(
    "binary in",
    into(
      "COPY cp (id, name, ok) FROM STDIN BINARY",
      BINARY_HEAD,
      binaryRow(int(1), Buffer.from("one"), Buffer.from([1])),
      binaryRow(int(2), null, Buffer.from([0])),
      END,
    ),
    into(
      "COPY cp (id, name) FROM STDIN BINARY",
      BINARY_HEAD.subarray(0, 9),
      BINARY_HEAD.subarray(9),
      binaryRow(int(3), Buffer.from("three")).subarray(0, 9),
      binaryRow(int(3), Buffer.from("three")).subarray(9),
      END,
    ),
    into("COPY cp (id, name) FROM STDIN BINARY", "this is not binary at all"),
    into("COPY cp (id, name) FROM STDIN BINARY", BINARY_HEAD, binaryRow(int(4)), END),
    into("COPY cp (id, name) FROM STDIN BINARY", BINARY_HEAD, binaryRow(int(4), Buffer.from("four")).subarray(0, 12)),
    into("COPY cp (id, name) FROM STDIN BINARY", BINARY_HEAD, binaryRow(Buffer.from([1, 2]), Buffer.from("x")), END),
    into("COPY cp (id, name) FROM STDIN BINARY", BINARY_HEAD, binaryRow(Buffer.from([1, 2, 3, 4, 5]), Buffer.from("x")), END),
    into("COPY cp (id, name) FROM STDIN BINARY", BINARY_HEAD, binaryRow(int(5), Buffer.from("five")), END, "more"),
    into("COPY cp (id, name) FROM STDIN BINARY", BINARY_HEAD, END),
  ),
  script(
    "in transactions",
    ask("BEGIN"),
    into("COPY cp (id, name) FROM STDIN", "1\ta\n2\tb\n"),
    ask("SELECT count(*) FROM cp"),
    ask("ROLLBACK"),
    ask("BEGIN"),
    ask("SAVEPOINT s"),
    into("COPY cp (id, name) FROM STDIN", "1\ta\nbad\tb\n"),
    ask("SELECT 1"),
    ask("ROLLBACK TO s"),
    into("COPY cp (id, name) FROM STDIN", "3\tc\n"),
    ask("COMMIT"),
    step(
      "Z",
      query("INSERT INTO cp (id) VALUES (4); COPY cp (id) FROM STDIN; INSERT INTO cp (id) VALUES (6)"),
      data("5\n"),
      DONE,
    ),
    step(
      "Z",
      query("INSERT INTO cp (id) VALUES (7); COPY cp (id) FROM STDIN; INSERT INTO cp (id) VALUES (8)"),
      data("x\n"),
      DONE,
    ),
    ask("BEGIN READ ONLY"),
    ask("COPY cp FROM STDIN"),
    ask("ROLLBACK"),
  ),
  {
    name: "COPY through the extended protocol",
    steps: [
      ask(TABLE),
      step("Z", parse("i", "COPY cp (id, name) FROM STDIN"), describeStatement("i"), bind("", "i"), SYNC),
      step("Z", parse("", "COPY cp (id, name) FROM STDIN"), bind("", ""), execute(), SYNC, data("1\ta\n"), DONE, SYNC),
      step("Z", parse("", "COPY cp (id, name) FROM STDIN"), bind("", ""), execute(), data("2\ta\nbad\n"), DONE, SYNC),
      step("Z", parse("", "COPY cp (id, name) TO STDOUT"), bind("", ""), execute(), SYNC),
      step("Z", data("stray"), DONE, query("SELECT 1")),
      ask("DROP TABLE cp"),
    ],
  },
  queries(
    "COPY: refusals of options",
    TABLE,
    "COPY nosuch FROM STDIN",
    "COPY nosuch TO STDOUT",
    "COPY cp (nosuch) FROM STDIN",
    "COPY cp (nosuch) TO STDOUT",
    "COPY cp (id, id) FROM STDIN",
    "COPY cp TO STDOUT (FORMAT nosuch)",
    "COPY cp TO STDOUT (FORMAT csv, FORMAT csv)",
    "COPY cp TO STDOUT (NOSUCH)",
    "COPY cp TO STDOUT (DELIMITER 'ab')",
    "COPY cp TO STDOUT (DELIMITER 'é')",
    "COPY cp TO STDOUT (DELIMITER E'\\n')",
    "COPY cp TO STDOUT (DELIMITER 'a')",
    "COPY cp TO STDOUT (NULL E'\\r')",
    "COPY cp TO STDOUT (FORMAT binary, DELIMITER ',')",
    "COPY cp TO STDOUT (FORMAT binary, NULL '')",
    "COPY cp TO STDOUT (FORMAT binary, HEADER)",
    "COPY cp TO STDOUT (HEADER match)",
    "COPY cp TO STDOUT (HEADER nosuch)",
    "COPY cp TO STDOUT (QUOTE '\"')",
    "COPY cp TO STDOUT (FORMAT csv, QUOTE 'ab')",
    "COPY cp TO STDOUT (FORMAT csv, QUOTE ',')",
    "COPY cp TO STDOUT (ESCAPE '\"')",
    "COPY cp TO STDOUT (FORMAT csv, ESCAPE 'ab')",
    "COPY cp TO STDOUT (FORCE_QUOTE (id))",
    "COPY cp FROM STDIN (FORMAT csv, FORCE_QUOTE (id))",
    "COPY cp TO STDOUT (FORMAT csv, FORCE_QUOTE (nosuch))",
    "COPY cp TO STDOUT (FORMAT csv, FORCE_QUOTE 'x')",
    "COPY cp FROM STDIN (FORCE_NOT_NULL (id))",
    "COPY cp TO STDOUT (FORMAT csv, FORCE_NOT_NULL (id))",
    "COPY cp TO STDOUT (FORMAT csv, FORCE_NULL (id))",
    "COPY cp TO STDOUT (FORMAT csv, NULL ',')",
    "COPY cp TO STDOUT (FORMAT csv, NULL '\"')",
    "COPY cp TO STDOUT (ENCODING 'nosuch')",
    "COPY (SELECT nosuch FROM cp) TO STDOUT",
    "COPY cp FROM STDIN WHERE nosuch > 1",
    "COPY cp FROM STDIN WHERE id",
    "COPY cp TO STDOUT WHERE id > 1",
    "DROP TABLE cp",
  ),
];
