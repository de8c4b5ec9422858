import { expect } from "vitest";
import { fakeCommit } from "../../../support/fake-service.ts";
import { rows } from "../rows.ts";

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
