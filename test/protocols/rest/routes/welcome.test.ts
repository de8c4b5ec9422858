import { rows } from "../rows.ts";

rows([
  {
    name: "a welcome, with the headers of helmet and without CORS",
    url: "/",
    status: 200,
    is: '{"message":"Welcome to ChronDB"}',
    answers: {
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "access-control-allow-origin": null,
      "x-powered-by": null,
    },
  },
  { name: "an unknown path", url: "/nope", status: 404, has: ['"error":"Not Found"', '"code":"NOT_FOUND"', '"path":"/nope"'] },
  { name: "a trailing slash", url: "/api/v1/info/", status: 200 },
]);
