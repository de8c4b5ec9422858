// GET /api/v1/documents: a page of documents.
import { Type } from "@sinclair/typebox";
import { joinKey } from "../../../base/keys.ts";
import { keyOf } from "../body.ts";
import { callerOf } from "../caller.ts";
import type { Routes } from "../door.ts";
import { readPage } from "../listing.ts";
import { readView } from "../read.ts";
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
      const started = deps.clock.elapsed();
      const options = {
        prefix: prefix ?? "",
        after: after === undefined ? null : keyOf(after),
        limit: limit ?? deps.limits.restListDefault,
        bytes: deps.limits.restListBytes,
      };
      const { page, sequence } = await readView(deps, request, at, (view) => ({
        page: readPage(view, options),
        sequence: view.sequence,
      }));
      deps.events.read("rest", deps.clock.elapsed() - started, page.documents.length);
      const text = objectText({
        prefix: JSON.stringify(prefix ?? null),
        branch: JSON.stringify(callerOf(request, deps).branch),
        version: String(sequence),
        count: String(page.documents.length),
        truncated: page.more ? "true" : undefined,
        after: page.more && page.last !== null ? JSON.stringify(joinKey(page.last.table, page.last.id)) : undefined,
        documents: `[${page.documents.join(",")}]`,
      });
      return sendJson(reply.header("X-ChronDB-Version", String(sequence)), text);
    },
  );
};
