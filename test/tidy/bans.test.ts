// What the house does not use, each with what to use instead. Looked for in code, not in comments and strings.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { filesBelow, lineOf, ROOT, readSource, type SourceFile } from "../support/source.ts";

interface Ban {
  readonly what: string;
  readonly instead: string;
  readonly pattern: RegExp;
  /** Files it holds for. */
  readonly applies: (path: string) => boolean;
}

const inSource = (path: string): boolean => path.startsWith("src/");
const everywhere = (): boolean => true;
const outside =
  (...folders: string[]) =>
  (path: string): boolean =>
    inSource(path) && !folders.some((folder) => path.startsWith(folder));

const BANS: readonly Ban[] = [
  { what: "console", instead: "an event, or the CLI's streams", pattern: /(?<![.\w])console\s*\./g, applies: everywhere },
  {
    what: "process.env",
    instead: "a setting of src/config",
    pattern: /\bprocess\s*\.\s*env\b/g,
    applies: outside("src/config/"),
  },
  { what: "Date.now", instead: "a Clock", pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)/g, applies: outside("src/base/") },
  { what: "Math.random", instead: "a Random", pattern: /\bMath\s*\.\s*random\b/g, applies: outside("src/base/") },
  {
    what: "randomUUID or randomBytes",
    instead: "a Random",
    pattern: /\brandom(?:UUID|Bytes|Int)\s*\(/g,
    applies: outside("src/base/"),
  },
  { what: "performance.now", instead: "a Clock", pattern: /\bperformance\s*\.\s*now\b/g, applies: outside("src/base/") },
  {
    what: "an empty catch",
    instead: "handling it, or letting it pass",
    pattern: /\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/g,
    applies: everywhere,
  },
  { what: "an enum", instead: "a union of literals", pattern: /^\s*(?:export\s+)?(?:const\s+)?enum\s/gm, applies: everywhere },
  { what: "a namespace", instead: "a module", pattern: /^\s*(?:export\s+)?namespace\s/gm, applies: everywhere },
];

const WORDS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["@ts-ignore and its kin", /@ts-(?:ignore|nocheck|expect-error)/g],
  ["a note to do something later", /\b(?:TODO|FIXME|XXX|HACK)\b/g],
];

/** The tidy tests name what they look for. */
const isExempt = (path: string): boolean => path.startsWith("test/tidy/");

function findings(file: SourceFile): string[] {
  const found: string[] = [];
  for (const ban of BANS) {
    if (!ban.applies(file.path)) continue;
    for (const match of file.code.matchAll(ban.pattern)) {
      // A catch may be empty where a comment in it says why.
      const isExplained = file.comments.slice(match.index, match.index + match[0].length).trim() !== "";
      if (ban.what === "an empty catch" && isExplained) continue;
      found.push(`${file.path}:${lineOf(file.code, match.index)} uses ${ban.what}; use ${ban.instead}`);
    }
  }
  for (const [what, pattern] of WORDS) {
    for (const match of file.comments.matchAll(pattern)) found.push(`${file.path}:${lineOf(file.text, match.index)} has ${what}`);
  }
  return found;
}

const files = [...filesBelow("src", ".ts"), ...filesBelow("test", ".ts"), ...filesBelow("bin", ".ts")]
  .filter((path) => !isExempt(path))
  .map(readSource);

test("nothing that is banned is used", () => {
  expect(files.flatMap(findings)).toEqual([]);
});

/** Rows of a registry that are a file each: one literal that says itself what it is. */
const isCommand = (path: string): boolean =>
  path.startsWith("src/protocols/redis/commands/") ||
  path.startsWith("src/sql/catalog/relations/") ||
  path.startsWith("src/sql/functions/");

test("every source file begins with a comment that says what it is", () => {
  expect(
    files
      .filter((file) => inSource(file.path) && !isCommand(file.path) && !/^(?:#!.*\n)?\/[/*]/.test(file.text))
      .map((file) => file.path),
  ).toEqual([]);
});

/** A file past this has become two things. Raise it for none; split the file. */
const LINES = 600;

test(`no source file is longer than ${LINES} lines`, () => {
  const long = files.filter((file) => inSource(file.path)).map((file) => [file.path, file.text.split("\n").length] as const);
  expect(long.filter(([, lines]) => lines > LINES)).toEqual([]);
});

test("biome finds nothing: no any, no non-null assertion, no unused code", () => {
  const biome = spawnSync(
    process.execPath,
    ["node_modules/@biomejs/biome/bin/biome", "lint", "--error-on-warnings", "--max-diagnostics=50"],
    {
      cwd: ROOT,
      encoding: "utf8",
    },
  );
  expect(biome.status, biome.stdout + biome.stderr).toBe(0);
});

test("types check", { timeout: 120_000 }, () => {
  const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "--noEmit"], { cwd: ROOT, encoding: "utf8" });
  expect(tsc.stdout + tsc.stderr).toBe("");
  expect(tsc.status).toBe(0);
});

const sample = (code: string): SourceFile => ({ path: "src/core/sample.ts", text: code, code, comments: "", imports: [] });

test.each([
  "console.log(1);",
  "process.env.HOME;",
  "Date.now();",
  "new Date();",
  "Math.random();",
  "try { f(); } catch {}",
  "try { f(); } catch (e) { }",
  "enum A { B }",
])("the bans find %s", (code) => {
  expect(findings(sample(code))).toHaveLength(1);
});

test.each(["new Date(5)", "date.now()", "logger.console", "try { f(); } catch (e) { g(e); }", "const enumerate = 1;"])(
  "the bans leave %s alone",
  (code) => {
    expect(findings(sample(code))).toEqual([]);
  },
);
