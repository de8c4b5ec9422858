import { describe, expect, it } from "vitest";
import { ChronError } from "../../src/base/errors.ts";
import { parseIsoMicros, parseReference } from "../../src/core/reference.ts";

describe("parseReference", () => {
  it.each([
    ["42", { kind: "sequence", sequence: 42 }],
    ["sequence:42", { kind: "sequence", sequence: 42 }],
    ["12345678", { kind: "sequence", sequence: 12345678 }],
    ["abcdef1", { kind: "commit", prefix: "abcdef1" }],
    ["commit:1234567", { kind: "commit", prefix: "1234567" }],
    ["ABCDEF1", { kind: "commit", prefix: "abcdef1" }],
    ["1970-01-01", { kind: "time", micros: 0 }],
    ["1970-01-01T00:00:01.5Z", { kind: "time", micros: 1_500_000 }],
    ["time:1970-01-01T01:00:00+01:00", { kind: "time", micros: 0 }],
    ["1970-01-01 00:00:00.000001", { kind: "time", micros: 1 }],
    ["tag:v1", { kind: "name", of: "tag", name: "v1" }],
    ["main", { kind: "name", of: "either", name: "main" }],
  ])("reads %s", (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
  });

  it.each(["", "sequence:x", "commit:xyz", "commit:12345", "time:yesterday", "2026-02-30", "99999999999999999999"])(
    "refuses %j",
    (text) => {
      expect(() => parseReference(text)).toThrow(ChronError);
    },
  );

  it("keeps microseconds exact", () => {
    expect(parseIsoMicros("2026-11-22T20:16:43.123456Z")).toBe(Date.UTC(2026, 10, 22, 20, 16, 43) * 1000 + 123_456);
  });
});
