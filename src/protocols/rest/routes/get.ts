// GET /api/v1/get/:id, and /api/v1/get?id= for ids that a client would rewrite in a path (`..`).
import { Type } from "@sinclair/typebox";
import { keyOf } from "../body.ts";
import type { Routes } from "../door.ts";
import { sendDocument } from "../read.ts";
import { AT_QUERY, answers, DOCUMENT, ID_PARAMS, query, READ_QUERY } from "../schemas.ts";

export const getRoutes: Routes = (app, deps) => {
  const schema = {
    tags: ["documents"],
    summary: "Reads a document, now or `?at=` a past state",
    response: answers(DOCUMENT, 404),
  };
  app.get(
    "/api/v1/get/:id",
    { schema: { ...schema, params: ID_PARAMS, querystring: query({ ...READ_QUERY, ...AT_QUERY }) } },
    (request, reply) => sendDocument(deps, request, reply, keyOf(request.params.id), request.query.at),
  );
  app.get(
    "/api/v1/get",
    {
      schema: {
        ...schema,
        querystring: query({ ...READ_QUERY, ...AT_QUERY, id: Type.String({ description: "The key, `table:id`" }) }),
      },
    },
    (request, reply) => sendDocument(deps, request, reply, keyOf(request.query.id), request.query.at),
  );
};
