// POST /api/v1/save, and POST /api/v1/documents and /api/documents, which answer with an envelope.
import { Type } from "@sinclair/typebox";
import { joinKey } from "../../../base/keys.ts";
import { bodyText, readDocument } from "../body.ts";
import type { Routes } from "../door.ts";
import { sendJson, versionText } from "../reply.ts";
import { answers, COMMIT, DOCUMENT, query, VERSION, WRITE_QUERY } from "../schemas.ts";
import { storeDocument } from "../write.ts";

export const ENVELOPE = Type.Object({ status: Type.String(), key: Type.String(), version: VERSION, commit: COMMIT });

export const saveRoutes: Routes = (app, deps) => {
  app.post(
    "/api/v1/save",
    {
      schema: {
        tags: ["documents"],
        summary: "Saves a document under its `id`",
        querystring: query(WRITE_QUERY),
        body: DOCUMENT,
        response: answers(DOCUMENT, 409, 412, 413),
      },
    },
    async (request, reply) => {
      const stored = await storeDocument(deps, request, reply, readDocument(bodyText(request.body), deps.limits));
      return sendJson(reply, versionText(stored.saved));
    },
  );

  for (const url of ["/api/v1/documents", "/api/documents"]) {
    app.post(
      url,
      {
        schema: {
          tags: ["documents"],
          summary: "Saves a document under its `id`; answers its key and version",
          querystring: query(WRITE_QUERY),
          body: DOCUMENT,
          response: answers(ENVELOPE, 409, 412, 413),
        },
      },
      async (request, reply) => {
        const { saved, version, commit } = await storeDocument(
          deps,
          request,
          reply,
          readDocument(bodyText(request.body), deps.limits),
        );
        return { status: "success", key: joinKey(saved.table, saved.id), version, commit };
      },
    );
  }
};
