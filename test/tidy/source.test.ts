// The tidy tests are only as good as their reader of source text.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ROOT, readSource } from "../support/source.ts";

const directory = mkdtempSync(join(tmpdir(), "chrondb-source-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function source(text: string) {
  const path = join(directory, "sample.ts");
  writeFileSync(path, text);
  return readSource(relative(ROOT, path));
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the samples are source text
test.each([
  ['a("any // no comment") // any', 'a("                 ")       '],
  ["`any ${b + `any ${any} any`} any` + any", "`    ${b + `    ${any}    `}    ` + any"],
  ['x = /any[/"]any/g; any', "x = /          /g; any"],
  ["a / any / b", "a / any / b"],
  ["/* any\nany */ any", "      \n       any"],
  ["'it\\'s any'; any", "'         '; any"],
  ["f({ a: `${{ any }}` }); `any`", "f({ a: `${{ any }}` }); `   `"],
])("%s", (text, code) => {
  const read = source(text);
  expect(read.code).toBe(code);
  expect(read.code).toHaveLength(text.length);
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the samples are source text

test("comments are kept apart", () => {
  expect(
    source('a(); // one\n"// none" /* two */')
      .comments.split(/\s{2,}/)
      .map((part) => part.trim())
      .filter(Boolean),
  ).toEqual(["// one", "/* two */"]);
});

test("imports of every form are found, and none in strings", () => {
  const text = `import a from "./a.ts";
import type { B } from "../b.ts";
import {
  c,
} from "./c.ts";
export * from "./d.ts";
import "./e.ts";
const f = await import("./f.ts");
const g = new URL("./g.ts", import.meta.url);
const h = new URL("h.ts", import.meta.url);
const none = 'import x from "./none.ts"';
// import x from "./comment.ts"
import fs from "node:fs";
`;
  const found = source(text).imports.map((one) => `${one.line} ${one.specifier}`);
  expect(found).toEqual([
    "1 ./a.ts",
    "2 ../b.ts",
    "5 ./c.ts",
    "6 ./d.ts",
    "7 ./e.ts",
    "8 ./f.ts",
    "9 ./g.ts",
    "10 h.ts",
    "13 node:fs",
  ]);
});
