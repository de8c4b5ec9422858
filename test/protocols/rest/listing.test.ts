import fc from "fast-check";
import { expect, test } from "vitest";
import { joinKey, splitKey } from "../../../src/base/keys.ts";
import { readPage } from "../../../src/protocols/rest/listing.ts";
import { FakeTenant } from "../../support/fake-service.ts";

const caller = { tenant: "chrondb", branch: "main", origin: "t", principal: "", user: "", address: "" };
const intent = { operation: "", message: "", flags: [], requestId: "", metadata: {} };

test("pages of any size, put together, are every document with the prefix, once", async () => {
  const key = fc.stringMatching(/^[abé]{0,2}:?[abé]{1,3}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(key, { maxLength: 20 }),
      fc.stringMatching(/^[abé]{0,2}:?[abé]?$/),
      fc.integer({ min: 1, max: 5 }),
      async (keys, prefix, limit) => {
        const tenant = new FakeTenant("chrondb");
        await tenant.write(caller, intent, (tx) => {
          for (const { table, id } of keys.map(splitKey)) tx.put(table, id, "{}");
        });
        const seen: string[] = [];
        let after = null as ReturnType<typeof splitKey> | null;
        for (let more = true; more; ) {
          const page = tenant.read(caller, (view) => readPage(view, { prefix, after, limit, bytes: 1_000 }));
          expect(page.documents.length).toBeLessThanOrEqual(limit);
          expect(page.more && page.documents.length === 0).toBe(false);
          seen.push(...page.documents.map((text) => (JSON.parse(text) as { id: string }).id));
          more = page.more;
          // What goes over the wire is the key.
          after = page.last === null ? null : splitKey(joinKey(page.last.table, page.last.id));
        }
        expect(seen.toSorted()).toEqual(keys.filter((name) => name.startsWith(prefix)).toSorted());
      },
    ),
    { numRuns: 60 },
  );
});
