// The mirror rule: each file of a registry (a command, a function, a route, a verb) has its own test, or is named in a table
// of rows in its room's tests.
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { exists, filesBelow, readSource } from "../support/source.ts";

interface Registry {
  readonly folder: string;
  /** Where the rows are. */
  readonly tests: readonly string[];
  /** What a row says of a file, tried in turn. */
  readonly names: (file: string) => readonly string[];
}

/** `hset` of `…/hash/hset.ts`, and `client|id`, `client id` of `…/client/id.ts`. */
function commandNames(file: string): string[] {
  const parts = file.replace(/\.ts$/, "").split("/").slice(-2);
  const [folder = "", name = ""] = parts;
  return [name, `${folder} ${name}`, `${folder}|${name}`, `${folder}.${name}`];
}

const REGISTRIES: readonly Registry[] = [
  { folder: "src/protocols/redis/commands", tests: ["test/protocols/redis", "test/conformance"], names: commandNames },
  { folder: "src/protocols/rest/routes", tests: ["test/protocols/rest"], names: () => [] },
  { folder: "src/cli/commands", tests: ["test/cli"], names: (file) => [basename(file, ".ts")] },
  { folder: "src/core/commands", tests: ["test/core", "test/promises", "test/crash"], names: (file) => [basename(file, ".ts")] },
];

/** Tables of sentences, not commands. */
const NOT_COMMANDS: ReadonlySet<string> = new Set(["src/protocols/redis/commands/refused.ts"]);

describe.each(REGISTRIES)("$folder", ({ folder, tests, names }) => {
  const text = tests
    .filter(exists)
    .flatMap((place) => filesBelow(place, ".ts"))
    .map((path) => readSource(path).text)
    .join("\n")
    .toLowerCase();
  const files = filesBelow(folder, ".ts").filter((path) => basename(path) !== "index.ts" && !NOT_COMMANDS.has(path));
  // Words stand in quotes, or at the start of a line of commands; only whole ones count.
  const edge = "[\"'`:\\s]";
  const isNamed = (name: string): boolean => new RegExp(`(?<=${edge})${name.replace(/[|.]/g, "\\$&")}(?=${edge})`).test(text);

  test("every file has a test or a row", () => {
    const missing = files.filter((path) => {
      const own = path.replace(/^src\//, "test/").replace(/\.ts$/, ".test.ts");
      return !exists(own) && !names(path).some(isNamed);
    });
    expect(missing).toEqual([]);
  });

  test("every file is registered in an index.ts beside or above it", () => {
    const imported = new Set(filesBelow("src", ".ts").flatMap((path) => readSource(path).imports.map((one) => one.path)));
    expect(files.filter((path) => !imported.has(path))).toEqual([]);
  });
});

/** A file of SQL functions declares a family of them; its own test, or rows that call some of them, must exist. */
test("every file of SQL functions has a test or rows", async () => {
  const { FUNCTIONS } = await import("../../src/sql/functions/index.ts");
  const declared = new Set(FUNCTIONS.map(({ name }) => name));
  const text = ["test/sql", "test/protocols/postgres", "test/conformance"]
    .filter(exists)
    .flatMap((place) => filesBelow(place, ".ts"))
    .map((path) => readSource(path).text)
    .join("\n");
  const missing = filesBelow("src/sql/functions", ".ts").filter((path) => {
    const names = [...readSource(path).text.matchAll(/"([a-z_0-9]+)"/g)]
      .map(([, name = ""]) => name)
      .filter((name) => declared.has(name));
    const own = path.replace(/^src\//, "test/").replace(/\.ts$/, ".test.ts");
    return names.length > 0 && !exists(own) && !names.some((name) => new RegExp(`\\b${name}\\b`).test(text));
  });
  expect(missing).toEqual([]);
});
