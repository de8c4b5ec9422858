// What the server writes, read back by pg-protocol's parser.
import { PassThrough } from "node:stream";
import { parse } from "pg-protocol";
import { describe, expect, it } from "vitest";
import { Output } from "../../../../src/protocols/postgres/wire/index.ts";

async function readBack(write: (output: Output) => void): Promise<Record<string, unknown>[]> {
  const output = new Output();
  write(output);
  const stream = new PassThrough();
  const messages: Record<string, unknown>[] = [];
  const done = parse(stream, (message) => messages.push({ ...message }));
  stream.end(Buffer.from(output.take()));
  await done;
  return messages;
}

const COLUMN = { name: "né", typeOid: 4_000_000_000, typmod: -1, typeLength: -1, tableOid: 16_384, attribute: 3 };

describe("Output", () => {
  it("writes rows of any text", async () => {
    const values = ["", "short", null, "é😀", "x".repeat(25), "é".repeat(5000), "y".repeat(100_000)];
    const [row] = await readBack((output) => output.textRow(values));
    expect(row).toMatchObject({ name: "dataRow", fields: values });
  });

  it("keeps messages whole across slabs and takes", async () => {
    const output = new Output();
    const parts: Buffer[] = [];
    for (let row = 0; row < 3000; row++) {
      output.textRow([String(row), "x".repeat(row % 50)]);
      if (row % 7 === 0) parts.push(Buffer.from(output.take()));
    }
    parts.push(Buffer.from(output.take()));
    expect(output.pending).toBe(0);
    const stream = new PassThrough();
    const rows: unknown[] = [];
    const done = parse(stream, (message) => rows.push((message as unknown as { fields: unknown[] }).fields[0]));
    stream.end(Buffer.concat(parts));
    await done;
    expect(rows).toEqual(Array.from({ length: 3000 }, (_, row) => String(row)));
  });

  it("does not overwrite what was taken", () => {
    const output = new Output();
    output.commandComplete("FIRST");
    const taken = output.take();
    const before = Buffer.from(taken);
    for (let row = 0; row < 5000; row++) {
      output.textRow(["later"]);
      output.take();
    }
    expect(taken).toEqual(before);
  });

  it("describes columns", async () => {
    const [message] = await readBack((output) => output.rowDescription([COLUMN, { ...COLUMN, name: "b" }], [0, 1]));
    expect(message?.fields).toMatchObject([
      {
        name: "né",
        tableID: 16_384,
        columnID: 3,
        dataTypeID: 4_000_000_000,
        dataTypeSize: -1,
        dataTypeModifier: -1,
        format: "text",
      },
      { name: "b", format: "binary" },
    ]);
  });

  it("leaves no half message behind a value without binary form", () => {
    const output = new Output();
    output.commandComplete("A");
    const before = output.pending;
    expect(() =>
      output.mixedRow(["1"], [1], () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(output.pending).toBe(before);
  });

  it("drops zero bytes where they would end a field", async () => {
    const [message] = await readBack((output) =>
      output.error([
        ["S", "ERROR"],
        ["D", "a\0b"],
        ["C", "22021"],
      ]),
    );
    expect(message).toMatchObject({ detail: "ab", code: "22021" });
  });

  it("writes everything else so that the client reads it", async () => {
    const messages = await readBack((output) => {
      output.authenticationOk();
      output.authenticationSasl(["SCRAM-SHA-256"]);
      output.authenticationSaslContinue("r=1");
      output.authenticationSaslFinal("v=1");
      output.parameterStatus("TimeZone", "UTC");
      output.backendKeyData(7, Buffer.from([0, 0, 0, 9]));
      output.parseComplete();
      output.bindComplete();
      output.closeComplete();
      output.noData();
      output.emptyQuery();
      output.portalSuspended();
      output.parameterDescription([23, 25]);
      output.commandComplete("SELECT 1");
      output.notice([
        ["S", "NOTICE"],
        ["M", "hello"],
      ]);
      output.ready("T");
    });
    expect(messages).toMatchObject([
      { name: "authenticationOk" },
      { name: "authenticationSASL", mechanisms: ["SCRAM-SHA-256"] },
      { name: "authenticationSASLContinue", data: "r=1" },
      { name: "authenticationSASLFinal", data: "v=1" },
      { name: "parameterStatus", parameterName: "TimeZone", parameterValue: "UTC" },
      { name: "backendKeyData", processID: 7, secretKey: 9 },
      { name: "parseComplete" },
      { name: "bindComplete" },
      { name: "closeComplete" },
      { name: "noData" },
      { name: "emptyQuery" },
      { name: "portalSuspended" },
      { name: "parameterDescription", dataTypeIDs: [23, 25] },
      { name: "commandComplete", text: "SELECT 1" },
      { name: "notice", message: "hello" },
      { name: "readyForQuery", status: "T" },
    ]);
  });
});
