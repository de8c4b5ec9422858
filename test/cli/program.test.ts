// The command line as a whole: help, exit codes, connection options. Every verb has a row in commands.test.ts.
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChronError, type ErrorCode } from "../../src/base/errors.ts";
import { VERBS } from "../../src/cli/commands/index.ts";
import { EXIT } from "../../src/cli/exit.ts";
import { hoistOptions } from "../../src/cli/run.ts";
import { chrondb, type FakeDoor, fakeDoor } from "../support/command-line.ts";

let door: FakeDoor;
let answer: { status?: number; body: string } = { body: "{}" };
beforeAll(async () => {
  door = await fakeDoor(() => answer);
});
afterAll(() => door.close());

describe("help", () => {
  test("--help lists every verb, examples and exit codes", async () => {
    const { code, out } = await chrondb(["--help"]);
    expect(code).toBe(EXIT.ok);
    for (const { name } of VERBS) expect(out).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    expect(out).toContain("Examples:");
    expect(out).toContain(
      "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 no server reached, 4 not found, 5 conflict.",
    );
  });

  test.each(VERBS.map(({ name }) => name))("%s --help explains itself", async (name) => {
    const { code, out } = await chrondb([name, "--help"]);
    expect(code).toBe(EXIT.ok);
    expect(out).toContain(`Usage: chrondb ${name}`);
    expect(out.length).toBeGreaterThan(120);
  });

  test("--version", async () => {
    expect(await chrondb(["--version"])).toMatchObject({ code: EXIT.ok, out: "9.9.9\n" });
  });
});

describe("wrong usage exits with 2 and says so on standard error", () => {
  const rows: string[][] = [
    [],
    ["nonsense"],
    ["get"],
    ["get", "a:1", "extra"],
    ["get", "a:1", "--nonsense"],
    ["put", "a:1"],
    ["put", "a:1", "--data", "{}", "--file", "x"],
    ["info", "--timeout", "soon"],
    ["info", "--base-url", "ftp://x"],
    ["query", "SELECT 1", "--json", "--csv"],
    ["query", "SELECT 1", "--port", "x"],
    ["query", "SELECT 1", "--file", "x.sql"],
    ["import", "--id-seq"],
    ["import", "--table", "_bad"],
    ["import", "--table", "a", "--id-seq", "--id-field", "b"],
    ["import", "--skip", "-1"],
    ["log", "dump", "--from", "x"],
    ["tail-history", "a:1", "--interval", "0"],
  ];
  test.each(rows.map((row) => [row.join(" "), row] as const))("chrondb %s", async (_text, argv) => {
    const { code, out, err } = await chrondb(argv);
    expect(code).toBe(EXIT.usage);
    expect(out).toBe("");
    expect(err).not.toBe("");
  });
});

describe("exit codes", () => {
  const rows: [status: number, code: number][] = [
    [200, EXIT.ok],
    [400, EXIT.failed],
    [401, EXIT.failed],
    [404, EXIT.notFound],
    [409, EXIT.conflict],
    [412, EXIT.conflict],
    [500, EXIT.failed],
  ];
  test.each(rows)("HTTP %i ends with %i", async (status, code) => {
    answer = { status, body: '{"error":"A sentence.","code":"SOME_CODE"}' };
    const ran = await chrondb(["info", "--port", door.port]);
    expect(ran.code).toBe(code);
    expect(ran.err).toBe(code === 0 ? "" : "chrondb: A sentence. (SOME_CODE)\n");
    expect(ran.out === "").toBe(code !== 0);
  });

  test("an answer that is no JSON is said to be so", async () => {
    answer = { status: 502, body: "<html>" };
    expect((await chrondb(["info", "--port", door.port])).err).toMatch(/answered 502 with something that is not JSON/);
  });

  test("no server is 3, with what to do", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const address = closed.address();
    const port = String(typeof address === "object" && address !== null ? address.port : 0);
    await new Promise((resolve) => closed.close(resolve));
    for (const argv of [
      ["info", "--port", port],
      ["query", "SELECT 1", "--port", port],
    ]) {
      const { code, err } = await chrondb(argv);
      expect(code).toBe(EXIT.unreachable);
      expect(err).toContain("ECONNREFUSED");
      expect(err).toContain("chrondb server");
    }
  });

  test("a server that keeps silent is 3 after --timeout", async () => {
    const silent = await fakeDoor(() => new Promise(() => undefined));
    const { code, err } = await chrondb(["info", "--port", silent.port, "--timeout", "50"]);
    expect(code).toBe(EXIT.unreachable);
    expect(err).toContain("--timeout");
    await silent.close();
  });

  const refusals: [kind: ErrorCode, code: number][] = [
    ["INVALID_CONFIG", EXIT.usage],
    ["UNKNOWN_TENANT", EXIT.notFound],
    ["LOCKED", EXIT.failed],
    ["CORRUPT", EXIT.failed],
  ];
  test.each(refusals)("%s of an offline tool or the server ends with %i", async (kind, code) => {
    const runServer = () => Promise.reject(new ChronError(kind, "The reason."));
    expect(await chrondb(["server"], { deps: { runServer } })).toEqual({ code, out: "", err: "chrondb: The reason.\n" });
  });
});

describe("connection options", () => {
  beforeAll(() => {
    answer = { body: "{}" };
  });
  const last = () => door.seen.at(-1);

  test("a token is sent as bearer, a password as basic, and the origin is cli", async () => {
    await chrondb(["info", "--port", door.port, "--token", "t"]);
    expect(last()?.headers).toMatchObject({ authorization: "Bearer t", "x-chrondb-origin": "cli" });
    await chrondb(["info", "--port", door.port, "--password", "p"]);
    expect(last()?.headers.authorization).toBe(`Basic ${Buffer.from("chrondb:p").toString("base64")}`);
    await chrondb(["info"], { env: { restPort: door.port, username: "ada", password: "p" } });
    expect(last()?.headers.authorization).toBe(`Basic ${Buffer.from("ada:p").toString("base64")}`);
    await chrondb(["info", "--port", door.port]);
    expect(last()?.headers.authorization).toBeUndefined();
  });

  test("--base-url replaces host and port; --tenant becomes a header", async () => {
    await chrondb(["info", "--base-url", `http://127.0.0.1:${door.port}/`, "--tenant", "shop"]);
    expect(last()).toMatchObject({ url: "/api/v1/info", headers: { "x-chrondb-tenant": "shop" } });
  });

  test("options may stand before the verb", async () => {
    expect(hoistOptions(["--port", "5", "--host=x", "get", "a:1"])).toEqual(["get", "--port", "5", "--host=x", "a:1"]);
    expect(hoistOptions(["get", "--port", "5"])).toEqual(["get", "--port", "5"]);
    expect((await chrondb(["--port", door.port, "info"])).code).toBe(EXIT.ok);
  });
});
