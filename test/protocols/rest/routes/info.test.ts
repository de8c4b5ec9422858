import { rows } from "../rows.ts";

const is =
  '{"default-branch":"main","data-directory":"/data","repository-open?":true,"version":"0.0.0-test","tenants":["chrondb"],"documents":1}';

rows([
  { name: "info", given: [["1", "{}"]], url: "/api/v1/info", status: 200, is },
  { name: "init answers the same", given: [["1", "{}"]], method: "POST", url: "/api/v1/init", status: 200, is },
  { name: "init with a body", given: [["1", "{}"]], method: "POST", url: "/api/v1/init", body: "{}", status: 200, is },
]);
