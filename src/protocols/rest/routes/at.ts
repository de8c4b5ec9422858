// GET /api/v1/documents/:key/at/:timestamp: a document as it was; any reference to the past will do for the timestamp.
import { Type } from "@sinclair/typebox";
import { keyOf } from "../body.ts";
import type { Routes } from "../door.ts";
import { sendDocument } from "../read.ts";
import { answers, DOCUMENT, query, READ_QUERY } from "../schemas.ts";

export const atRoutes: Routes = (app, deps) => {
  app.get(
    "/api/v1/documents/:key/at/:timestamp",
    {
      schema: {
        tags: ["history"],
        summary: "A document as it was",
        params: Type.Object({
          key: Type.String({ description: "The document's key, `table:id`, percent-encoded" }),
          timestamp: Type.String({ description: "A time (2026-01-31T12:00:00Z), a sequence or a commit" }),
        }),
        querystring: query(READ_QUERY),
        response: answers(DOCUMENT, 404),
      },
    },
    (request, reply) => sendDocument(deps, request, reply, keyOf(request.params.key), request.params.timestamp),
  );
};
