// Rows printed as an aligned table, CSV and JSON.
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { csvLine, type RowFormat, rowPrinter, width } from "../../src/cli/rows.ts";

const COLUMNS = [
  { name: "id", type: "text", oid: 25 },
  { name: "n", type: "bigint", oid: 20 },
  { name: "ok", type: "boolean", oid: 16 },
  { name: "doc", type: "jsonb", oid: 3802 },
];
const ROWS = [
  ["a:1", "9007199254740993", "t", '{"x":1.10}'],
  ["東京", null, "f", "[]"],
];

function print(format: RowFormat, columns: typeof COLUMNS, rows: readonly unknown[], tag: string): string {
  let text = "";
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const handler = rowPrinter(format, out, out);
  if (columns.length > 0) handler.columns(columns);
  for (const row of rows) void handler.row(typeof row === "string" ? row : JSON.stringify(row));
  handler.complete(tag);
  return text;
}

test("a table is aligned, numbers to the right, wide characters counted as two", () => {
  expect(print("table", COLUMNS, ROWS, "SELECT 2")).toBe(
    [
      "id   | n                | ok | doc",
      "-----+------------------+----+-----------",
      'a:1  | 9007199254740993 | t  | {"x":1.10}',
      "東京 |                  | f  | []",
      "(2 rows)",
      "",
    ].join("\n"),
  );
});

test("a table without rows has its header; a command without columns its tag", () => {
  expect(print("table", COLUMNS.slice(0, 1), [], "SELECT 0")).toBe("id\n--\n(0 rows)\n");
  expect(print("table", [], [], "INSERT 0 1")).toBe("INSERT 0 1\n");
});

test("a table of more rows than are held back goes on with the widths it has", () => {
  const rows = Array.from({ length: 1500 }, (_, at) => [String(at)]);
  const lines = print("table", COLUMNS.slice(0, 1), rows, "SELECT 1500").split("\n");
  expect(lines).toHaveLength(1504);
  expect(lines.at(-2)).toBe("(1500 rows)");
  expect(lines.slice(2, 1502)).toEqual(rows.map(([value]) => value));
});

test("line ends and control characters in values do not break the table", () => {
  expect(print("table", COLUMNS.slice(0, 1), [["a\nb\u001b[31m"]], "SELECT 1")).toContain("a\\nb\\u001b[31m");
});

test("CSV is RFC 4180, NULL and the empty string apart", () => {
  expect(csvLine(["a", 'say "x"', "1,2", "l\nm", "", null])).toBe('a,"say ""x""","1,2","l\nm","",\n');
  expect(print("csv", COLUMNS, ROWS, "SELECT 2").split("\n")).toHaveLength(4);
});

test("JSON rows are the server's own text, so numbers stay as written", () => {
  const rows = ['{"id":"a:1","n":9007199254740993,"doc":{"x": 1.10}}', '{"id":"東京","n":null,"doc":[]}'];
  const text = print("json", COLUMNS, rows, "SELECT 2");
  expect(text).toBe(`[\n${rows[0]},\n${rows[1]}\n]\n`);
  expect(JSON.parse(print("json", COLUMNS, [], "SELECT 0"))).toEqual([]);
  expect(JSON.parse(print("json", [], [], "INSERT 0 1"))).toEqual({ command: "INSERT 0 1" });
});

test("expanded rows have a line a column", () => {
  expect(print("expanded", COLUMNS, ROWS.slice(0, 1), "SELECT 1")).toBe(
    '-[ RECORD 1 ]\nid  | a:1\nn   | 9007199254740993\nok  | t\ndoc | {"x":1.10}\n',
  );
  expect(print("expanded", COLUMNS, [], "SELECT 0")).toBe("(0 rows)\n");
  expect(print("expanded", [], [], "INSERT 0 1")).toBe("INSERT 0 1\n");
});

test.each([
  ["abc", 3],
  ["ü", 1],
  ["e\u0301", 1],
  ["東", 2],
  ["👨‍👩‍👧", 2],
  ["", 0],
])("%s takes %i columns", (text, columns) => {
  expect(width(text)).toBe(columns);
});
