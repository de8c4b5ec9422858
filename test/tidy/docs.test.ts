// The documents agree with the code: those made from tables are up to date, and the rest names what exists.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { documents } from "../../bin/docs.ts";
import { VERBS } from "../../src/cli/commands/index.ts";
import { LIMIT_DOCS } from "../../src/config/limit-docs.ts";
import { LIMIT_NAMES } from "../../src/config/table.ts";
import { exists, filesBelow, ROOT } from "../support/source.ts";

const made = await documents();

test.each([...made.keys()])("%s is what `npm run docs` makes", (path) => {
  expect(readFileSync(join(ROOT, path), "utf8")).toBe(made.get(path));
});

test("every limit has a sentence for operators in src/config/limit-docs.ts", () => {
  expect(LIMIT_NAMES.filter((name) => (LIMIT_DOCS[name] ?? "") === "")).toEqual([]);
});

const pages = ["README.md", "CHANGELOG.md", ...filesBelow("src", ".md"), ...filesBelow("docs", ".md")];

test.each(pages)("%s links to files that exist", (page) => {
  const text = readFileSync(join(ROOT, page), "utf8");
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = ""]) => join(dirname(page), link));
  expect(links.filter((link) => !exists(link))).toEqual([]);
});

test("README's commands use verbs that exist, and npm scripts that exist", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const verbs = new Set(VERBS.map(({ name }) => name));
  const used = [...readme.matchAll(/bin\/chrondb ([a-z-]+)/g)]
    .map(([, verb = ""]) => verb)
    .filter((verb) => !verb.startsWith("-"));
  expect(used.length).toBeGreaterThan(4);
  expect(used.filter((verb) => !verbs.has(verb))).toEqual([]);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
  const run = [...readme.matchAll(/npm (?:run )?(start|test|check|format|lint|docs|bench)\b/g)].map(([, script = ""]) => script);
  expect(run.filter((script) => scripts[script] === undefined)).toEqual([]);
});

test("every room of src/README.md exists, and every room is in it", () => {
  const readme = readFileSync(join(ROOT, "src/README.md"), "utf8");
  const rooms = readdirSync(join(ROOT, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const filled = rooms.filter((room) => filesBelow(`src/${room}`, ".ts").length > 0);
  for (const room of filled) expect(readme, room).toContain(`\`${room}`);
});
