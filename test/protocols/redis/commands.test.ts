// Every command of the registry has its rows, and every row holds, over the wire.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ENTRIES } from "../../../src/protocols/redis/commands/index.ts";
import { splitInline } from "../../../src/protocols/redis/resp/inline.ts";
import { type DoorRoom, openDoor } from "./room.ts";
import { chrondb } from "./rows/chrondb.ts";
import { connection } from "./rows/connection.ts";
import { generic } from "./rows/generic.ts";
import { hash } from "./rows/hash.ts";
import type { Rows } from "./rows/row.ts";
import { server } from "./rows/server.ts";
import { string } from "./rows/string.ts";
import { transactions } from "./rows/transactions.ts";

const ROWS: Rows = { ...chrondb, ...connection, ...generic, ...hash, ...server, ...string, ...transactions };

test("every command has rows, and every row a command", () => {
  const names = ENTRIES.flatMap((entry) =>
    entry.kind === "container"
      ? [
          ...entry.subcommands.map(({ name }) => `${entry.name}|${name}`),
          `${entry.name}|help`,
          ...(entry.alone === undefined ? [] : [entry.name]),
        ]
      : [entry.name],
  );
  expect(Object.keys(ROWS).sort()).toEqual(names.sort());
});

describe("rows", () => {
  let room: DoorRoom;
  beforeAll(async () => {
    room = await openDoor({ slowMs: 60_000 });
  });
  afterAll(() => room.close());

  for (const [name, rows] of Object.entries(ROWS)) {
    test(name, async () => {
      const client = await room.connect();
      await client.call("FLUSHALL");
      for (const [line, expected] of rows) {
        const args = splitInline(Buffer.from(line));
        if (args === undefined) throw new Error(`The row does not parse: ${line}`);
        const reply = await client.call(...args);
        if (typeof expected !== "function") expect({ line, reply }).toEqual({ line, reply: expected });
        else if (!expected(reply)) expect.fail(`${line} answered ${JSON.stringify(reply)}`);
      }
      client.close();
    });
  }
});
