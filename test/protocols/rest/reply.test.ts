import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../../src/base/limits.ts";
import { readDocument } from "../../../src/protocols/rest/body.ts";
import { versionText } from "../../../src/protocols/rest/reply.ts";

test("a document comes back as it was sent: read, stored, shown", () => {
  const member = fc.string({ unit: "grapheme", maxLength: 6 }).filter((key) => key !== "id" && key !== "_table");
  fc.assert(
    fc.property(fc.dictionary(member, fc.jsonValue({ maxDepth: 3 })), fc.stringMatching(/^[a-z:]{1,8}$/), (members, id) => {
      const sent = JSON.stringify({ id, ...members });
      const { table, id: bare, text } = readDocument(sent, DEFAULT_LIMITS);
      expect(versionText({ table, id: bare, kind: 0, body: text, expiresAt: 0, from: 1, to: null })).toBe(
        `{"id":${JSON.stringify(id)}${sent === `{"id":${JSON.stringify(id)}}` ? "" : ","}${JSON.stringify(members).slice(1)}`,
      );
    }),
  );
});
