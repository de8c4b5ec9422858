// POST /api/v1/put: like save, but the id may be a query parameter.
import { Type } from "@sinclair/typebox";
import { bodyText, keyOf, readDocument } from "../body.ts";
import type { Routes } from "../door.ts";
import { sendJson, versionText } from "../reply.ts";
import { answers, DOCUMENT, query, WRITE_QUERY } from "../schemas.ts";
import { storeDocument } from "../write.ts";

export const putRoutes: Routes = (app, deps) => {
  app.post(
    "/api/v1/put",
    {
      schema: {
        tags: ["documents"],
        summary: "Saves a document under `?id=` or its own `id`",
        querystring: query({ ...WRITE_QUERY, id: Type.Optional(Type.String({ description: "The key, `table:id`" })) }),
        body: Type.Object({}, { additionalProperties: true }),
        response: answers(DOCUMENT, 409, 412, 413),
      },
    },
    async (request, reply) => {
      const { id } = request.query;
      const incoming = readDocument(bodyText(request.body), deps.limits, id === undefined ? undefined : keyOf(id));
      const stored = await storeDocument(deps, request, reply, incoming);
      return sendJson(reply, versionText(stored.saved));
    },
  );
};
