// The import rule: a room imports only rooms of a lower rank, never a sibling, not even for types. And nothing is dead: every
// file is reached from main.ts, following imports and the files that processes and workers start with.
import { expect, test } from "vitest";
import { exists, filesBelow, readSource } from "../support/source.ts";

const RANKS: Readonly<Record<string, number>> = {
  "src/main.ts": 10,
  "src/protocols/rest": 9,
  "src/protocols/redis": 9,
  "src/protocols/postgres": 9,
  "src/cli": 9,
  "src/console": 9,
  "src/sql": 8,
  "src/search": 7,
  "src/core": 6,
  "src/backup": 5,
  "src/replication": 5,
  "src/state": 4,
  "src/archive": 4,
  "src/log": 3,
  "src/auth": 2,
  "src/tenants": 2,
  "src/audit": 2,
  "src/observability": 1,
  "src/config": 1,
  "src/base": 0,
};

function roomOf(path: string): string | undefined {
  return Object.keys(RANKS).find((room) => path === room || path.startsWith(`${room}/`));
}

const sources = filesBelow("src", ".ts").map(readSource);

test("every file is in a room", () => {
  expect(sources.map((file) => file.path).filter((path) => roomOf(path) === undefined)).toEqual([]);
});

/** Files outside src that one file each reads. */
const OUTSIDE: ReadonlySet<string> = new Set(["src/main.ts package.json", "src/config/load.ts config/default.yaml"]);

test("rooms import only rooms of a lower rank", () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const room = roomOf(file.path);
    for (const { path, line } of file.imports) {
      if (path === null) continue;
      const other = roomOf(path);
      if (other === room || room === undefined) continue;
      const allowed = other !== undefined && (RANKS[other] ?? 99) < (RANKS[room] ?? 0);
      if (!allowed && !OUTSIDE.has(`${file.path} ${path}`))
        wrong.push(`${file.path}:${line} (${room}) imports ${path} (${other})`);
    }
  }
  expect(wrong).toEqual([]);
});

test("imports name files that exist", () => {
  const missing = sources.flatMap((file) =>
    file.imports
      .filter(({ path }) => path !== null && !exists(path))
      .map(({ specifier, line }) => `${file.path}:${line} ${specifier}`),
  );
  expect(missing).toEqual([]);
});

test("every file is reached from main.ts", () => {
  const byPath = new Map(sources.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const waiting = ["src/main.ts"];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const one of byPath.get(path)?.imports ?? []) if (one.path !== null) waiting.push(one.path);
  }
  // What only bin/docs.ts (default-file) or the tests that rebuild a state (compare) call.
  const programs = new Set(["src/config/default-file.ts", "src/state/compare.ts"]);
  expect(sources.map((file) => file.path).filter((path) => !reached.has(path) && !programs.has(path))).toEqual([]);
});

test("programs outside src import only what exists", () => {
  const wrong = filesBelow("bin", ".ts")
    .map(readSource)
    .flatMap((file) =>
      file.imports.filter(({ path }) => path !== null && !exists(path)).map(({ specifier }) => `${file.path} ${specifier}`),
    );
  expect(wrong).toEqual([]);
});
