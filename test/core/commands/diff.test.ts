import { describe, expect, it } from "vitest";
import { diffDocuments } from "../../../src/core/commands/diff.ts";

describe("diffDocuments", () => {
  it("names what was added, removed and changed, values as written", () => {
    expect(diffDocuments('{"a":1.0,"b":2,"c":3}', '{"a":1.00,"c":3,"d":[4]}')).toEqual({
      added: '{"d":[4]}',
      removed: '{"b":2}',
      changed: '{"a":{"old":1.0,"new":1.00}}',
    });
  });
  it("treats a missing document as empty", () => {
    expect(diffDocuments(undefined, '{"a":1}')).toEqual({ added: '{"a":1}', removed: "{}", changed: "{}" });
    expect(diffDocuments('{"a":1}', undefined)).toEqual({ added: "{}", removed: '{"a":1}', changed: "{}" });
  });
});
