import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter } from "../../../src/protocols/rest/lines.ts";

function split(chunks: Buffer[], maximum: number): [number, string | null][] {
  const splitter = new LineSplitter(maximum);
  const lines = [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
  return lines.map(({ number, bytes }) => [number, bytes === null ? null : bytes.toString("latin1")]);
}

test("lines come out the same however the stream was cut", () => {
  const line = fc.string({ unit: fc.constantFrom("a", "é", "\r", " "), maxLength: 12 });
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 8 }),
      fc.array(fc.nat({ max: 60 }), { maxLength: 10 }),
      fc.boolean(),
      (texts, cuts, ended) => {
        const bytes = Buffer.from(texts.join("\n") + (ended ? "\n" : ""));
        const places = [0, ...cuts.filter((cut) => cut <= bytes.length).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        const expected = texts
          .map((text, index): [number, string] => [index + 1, Buffer.from(text.replace(/\r$/, "")).toString("latin1")])
          .filter(([, text]) => text !== "");
        expect(split(chunks, 1_000)).toEqual(expected);
      },
    ),
  );
});

test.each([
  {
    name: "a line of the limit",
    chunks: ["abcde\nx"],
    lines: [
      [1, "abcde"],
      [2, "x"],
    ],
  },
  {
    name: "a line over the limit is skipped and the next one read",
    chunks: ["abcdef\nx\n"],
    lines: [
      [1, null],
      [2, "x"],
    ],
  },
  {
    name: "over the limit across chunks",
    chunks: ["abc", "def", "ghi\nx"],
    lines: [
      [1, null],
      [2, "x"],
    ],
  },
  { name: "over the limit at the end", chunks: ["abcdef"], lines: [[1, null]] },
  { name: "nothing", chunks: [""], lines: [] },
])("$name", ({ chunks, lines }) => {
  expect(
    split(
      chunks.map((chunk) => Buffer.from(chunk)),
      5,
    ),
  ).toEqual(lines);
});
