// What pg-protocol, the client side of node-postgres, serialises, decodes to what was meant.
import { serialize } from "pg-protocol";
import { describe, expect, it } from "vitest";
import { Input } from "../../../../src/protocols/postgres/wire/index.ts";

function decode(bytes: Buffer): unknown {
  const input = new Input();
  input.push(bytes);
  return input.next(1_000_000);
}

const ROWS: [Buffer, object][] = [
  [serialize.query("select 'é'"), { type: "query", text: "select 'é'" }],
  [
    serialize.parse({ name: "s", text: "select $1", types: [23, 25] }),
    { type: "parse", name: "s", text: "select $1", parameterOids: [23, 25] },
  ],
  [
    serialize.bind({ portal: "p", statement: "s", values: ["1", null, Buffer.from([1])], binary: true }),
    { type: "bind", portal: "p", statement: "s", parameters: ["1", null, Buffer.from([1])], resultFormats: [1] },
  ],
  [serialize.execute({ portal: "p", rows: 5 }), { type: "execute", portal: "p", maxRows: 5 }],
  [serialize.describe({ type: "S", name: "s" }), { type: "describe", what: "statement", name: "s" }],
  [serialize.close({ type: "P", name: "p" }), { type: "close", what: "portal", name: "p" }],
  [serialize.flush(), { type: "flush" }],
  [serialize.sync(), { type: "sync" }],
  [serialize.end(), { type: "terminate" }],
  [serialize.copyDone(), { type: "copyDone" }],
];

describe("decodeFrontend", () => {
  it.each(ROWS)("%# as pg-protocol writes it", (bytes, message) => expect(decode(bytes)).toEqual(message));
});
