// POST, GET and DELETE /api/v1/documents/:key
import { joinKey } from "../../../base/keys.ts";
import { bodyText, keyOf, readDocument } from "../body.ts";
import { callerOf } from "../caller.ts";
import type { Routes } from "../door.ts";
import { documentNotFound } from "../errors.ts";
import { sendDocument } from "../read.ts";
import { AT_QUERY, answers, DOCUMENT, KEY_PARAMS, query, READ_QUERY, WRITE_QUERY } from "../schemas.ts";
import { deleteDocument, storeDocument } from "../write.ts";
import { ENVELOPE } from "./save.ts";

export const documentRoutes: Routes = (app, deps) => {
  const url = "/api/v1/documents/:key";
  app.post(
    url,
    {
      schema: {
        tags: ["documents"],
        summary: "Saves a document under the key of the path",
        params: KEY_PARAMS,
        querystring: query(WRITE_QUERY),
        body: DOCUMENT,
        response: answers(ENVELOPE, 409, 412, 413),
      },
    },
    async (request, reply) => {
      const incoming = readDocument(bodyText(request.body), deps.limits, keyOf(request.params.key));
      const { version, commit } = await storeDocument(deps, request, reply, incoming);
      return { status: "success", key: joinKey(incoming.table, incoming.id), version, commit };
    },
  );
  app.get(
    url,
    {
      schema: {
        tags: ["documents"],
        summary: "Reads a document, now or `?at=` a past state",
        params: KEY_PARAMS,
        querystring: query({ ...READ_QUERY, ...AT_QUERY }),
        response: answers(DOCUMENT, 404),
      },
    },
    (request, reply) => sendDocument(deps, request, reply, keyOf(request.params.key), request.query.at),
  );
  app.delete(
    url,
    {
      schema: {
        tags: ["documents"],
        summary: "Deletes a document; its history stays",
        params: KEY_PARAMS,
        querystring: query(WRITE_QUERY),
        response: answers(ENVELOPE, 404, 412),
      },
    },
    async (request, reply) => {
      const key = keyOf(request.params.key);
      const name = joinKey(key.table, key.id);
      const done = await deleteDocument(deps, request, reply, key, () => documentNotFound(name, callerOf(request, deps).branch));
      return { status: "success", key: name, ...done };
    },
  );
};
