import { expect, test } from "vitest";
import { fakeCommit } from "../../../support/fake-service.ts";
import { rows } from "../rows.ts";
import { scene } from "../support.ts";

rows([
  {
    name: "all agree",
    given: [["1", "{}"]],
    method: "POST",
    url: "/api/v1/verify",
    status: 200,
    is: `{"status":"ok","checksum":"${"ab".repeat(32)}","refs":{"refs/heads/main":"${fakeCommit(1)}"},"checks":[{"component":"archive","ok":true,"message":"fine"}]}`,
  },
  {
    name: "damage is an error that says where",
    method: "POST",
    url: "/api/v1/verify",
    prepare: (set) => {
      set.service.chrondb.damaged = true;
    },
    status: 500,
    has: ['"status":"failed"', "archive: object 12ab is missing", '"code":"CORRUPT"'],
    effect: (set) => expect(set.told.map(([name]) => name)).not.toContain("occConflict"),
  },
]);

test("who asks while a check runs gets its answer; the next one is made anew", async () => {
  const set = await scene();
  const { chrondb } = set.service;
  const report = await chrondb.verify();
  let checks = 0;
  chrondb.verify = async () => {
    checks++;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return report;
  };
  const verify = () => set.app.inject({ method: "POST", url: "/api/v1/verify" });
  const answers = await Promise.all([verify(), verify(), verify()]);
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
  expect(checks).toBe(1);
  await verify();
  expect(checks).toBe(2);
  await set.drain();
});
