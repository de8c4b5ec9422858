// SCRAM against the clients people use: node-postgres and psql, and by hand where a client would not misbehave.
import { execFile } from "node:child_process";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCredentials } from "../../../src/auth/credentials.ts";
import { DEFAULT_LIMITS } from "../../../src/base/limits.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { requireClient } from "../../support/clients.ts";
import { openDoor, type TestDoor } from "./support/door.ts";
import { fieldsOf, int32, query, RawClient, raw, startup, types } from "./support/raw-client.ts";

const PASSWORD = "pä ssword\u00ad①";
let test: TestDoor;
beforeAll(async () => {
  const auth = createCredentials({ username: "ada", password: PASSWORD }, { random: systemRandom, limits: DEFAULT_LIMITS });
  test = await openDoor({ auth });
});
afterAll(() => test.door.close());

async function connectAs(user: string, password: string): Promise<string> {
  const client = new Client({ host: "127.0.0.1", port: test.port, user, password, database: "chrondb" });
  try {
    await client.connect();
    await client.end();
    return "in";
  } catch (problem) {
    return problem instanceof Error && "code" in problem ? String(problem.code) : String(problem);
  }
}

describe("SCRAM-SHA-256", () => {
  it("lets the right password in, by node-postgres", async () => {
    expect(await connectAs("ada", PASSWORD)).toBe("in");
    expect(test.callers.at(-1)).toMatchObject({ principal: "ada", user: "ada" });
  });

  it("keeps a wrong password and an unknown user out with the same code, and reports both", async () => {
    expect(await connectAs("ada", "wrong")).toBe("28P01");
    expect(await connectAs("eve", PASSWORD)).toBe("28P01");
    const failed = test.seen.filter((event) => event.startsWith("authenticationFailed"));
    expect(failed.map((event) => event.split(" ").at(-1))).toEqual(["ada", "eve"]);
  });

  it("lets psql in, and keeps it out", async () => {
    const run = (password: string): Promise<string> =>
      new Promise((resolve) => {
        const url = `host=127.0.0.1 port=${test.port} user=ada dbname=chrondb`;
        execFile(
          requireClient("psql"),
          ["-XAt", url, "-c", "rows 2"],
          { env: { ...process.env, PGPASSWORD: password } },
          (_, stdout, stderr) => resolve(stdout + stderr),
        );
      });
    expect(await run(PASSWORD)).toBe("1|t1\n2|\n");
    expect(await run("wrong")).toContain('password authentication failed for user "ada"');
  });

  it("goes through the same motions for a user that does not exist, with a steady salt", async () => {
    const salts = new Set<string>();
    for (let round = 0; round < 2; round++) {
      const client = await RawClient.open(test.port);
      client.send(startup({ user: "eve", database: "chrondb" }));
      await client.until("R");
      const first = Buffer.from("n,,n=,r=abc");
      client.send(raw("p", Buffer.concat([Buffer.from("SCRAM-SHA-256\0"), int32(first.length), first])));
      const reply = (await client.until("R")).at(-1)?.body.toString("utf8", 4) ?? "";
      expect(reply).toMatch(/^r=abc[!-~]+,s=[A-Za-z0-9+/=]+,i=4096$/);
      salts.add(reply.split(",")[1] ?? "");
      client.destroy();
    }
    expect(salts.size).toBe(1);
  });

  it.each<[string, Buffer]>([
    ["another mechanism", raw("p", Buffer.concat([Buffer.from("SCRAM-SHA-1\0"), int32(0)]))],
    ["channel binding", sasl("p=tls-unique,,n=,r=abc")],
    ["an authorization identity", sasl("n,a=bob,n=,r=abc")],
    ["no nonce", sasl("n,,n=")],
    ["a mandatory extension", sasl("n,,m=x,n=,r=abc")],
    ["a plain password", raw("p", Buffer.from("secret\0"))],
    ["a query instead", query("rows 1")],
  ])("refuses %s", async (_name, message) => {
    const client = await RawClient.open(test.port);
    client.send(startup({ user: "ada", database: "chrondb" }), message);
    const received = await client.rest();
    expect(types(received)).toBe("R E");
    expect(fieldsOf(received[1])).toMatchObject({ S: "FATAL" });
  });

  it.each([
    ["another nonce", (reply: string) => `c=biws,${reply.split(",")[0]}x,p=${Buffer.alloc(32).toString("base64")}`],
    ["another header", (reply: string) => `c=eSws,${reply.split(",")[0]},p=${Buffer.alloc(32).toString("base64")}`],
    ["a proof too short", (reply: string) => `c=biws,${reply.split(",")[0]},p=AAAA`],
    ["a wrong proof", (reply: string) => `c=biws,${reply.split(",")[0]},p=${Buffer.alloc(32).toString("base64")}`],
  ])("refuses %s in the last message", async (_name, last) => {
    const client = await RawClient.open(test.port);
    client.send(startup({ user: "ada", database: "chrondb" }), sasl("n,,n=,r=abc"));
    await client.until("R");
    const reply = (await client.until("R")).at(-1)?.body.toString("utf8", 4) ?? "";
    client.send(raw("p", Buffer.from(last(reply))));
    expect(types(await client.rest())).toBe("E");
  });
});

function sasl(first: string): Buffer {
  const body = Buffer.from(first);
  return raw("p", Buffer.concat([Buffer.from("SCRAM-SHA-256\0"), int32(body.length), body]));
}
