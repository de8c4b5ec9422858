// GET /api/v1/documents: a page of documents.
import { Type } from "@sinclair/typebox";
import { present } from "../../../base/assert.ts";
import { joinKey } from "../../../base/keys.ts";
import { keyOf } from "../body.ts";
import { callerOf, tenantOf } from "../caller.ts";
import type { Routes } from "../door.ts";
import { readPages, type StatePage } from "../pages.ts";
import { objectText, sendJson } from "../reply.ts";
import { AT_QUERY, answers, DOCUMENT, limitParameter, query, READ_QUERY } from "../schemas.ts";

const LIST = Type.Object({
  prefix: Type.Union([Type.String(), Type.Null()]),
  branch: Type.String(),
  version: Type.Integer({ description: "Sequence of the state that was read" }),
  count: Type.Integer(),
  truncated: Type.Optional(Type.Boolean({ description: "There are more; go on with ?after=" })),
  after: Type.Optional(Type.String({ description: "What to give as ?after= for the next page" })),
  documents: Type.Array(DOCUMENT),
});

export const documentsRoutes: Routes = (app, deps) => {
  app.get(
    "/api/v1/documents",
    {
      schema: {
        tags: ["lists"],
        summary: "Lists documents by prefix of their key",
        querystring: query({
          ...READ_QUERY,
          ...AT_QUERY,
          prefix: Type.Optional(Type.String({ description: "What keys start with: `user:`" })),
          after: Type.Optional(Type.String({ description: "Key of the last document of the page before" })),
          limit: limitParameter(deps.limits),
        }),
        response: answers(LIST, 404),
      },
    },
    async (request, reply) => {
      const { prefix, after, at, limit } = request.query;
      const tenant = tenantOf(request, deps);
      const caller = callerOf(request, deps);
      const pages = readPages(deps, tenant, caller, {
        past: at === undefined ? null : await tenant.resolve(caller, at),
        prefix: prefix ?? "",
        after: after === undefined ? null : keyOf(after),
        limit: limit ?? deps.limits.restListDefault,
        bytes: deps.limits.restListBytes,
      });
      const documents: string[] = [];
      let end: StatePage | null = null;
      for await (const page of pages) {
        documents.push(...page.documents);
        end = page;
      }
      const { sequence, more, last } = present(end, "a page");
      const text = objectText({
        prefix: JSON.stringify(prefix ?? null),
        branch: JSON.stringify(caller.branch),
        version: String(sequence),
        count: String(documents.length),
        truncated: more ? "true" : undefined,
        after: more && last !== null ? JSON.stringify(joinKey(last.table, last.id)) : undefined,
        documents: `[${documents.join(",")}]`,
      });
      return sendJson(reply.header("X-ChronDB-Version", String(sequence)), text);
    },
  );
};
