// DELETE /api/v1/delete/:id, and /api/v1/delete?id= for ids that a client would rewrite in a path (`..`).
import { Type } from "@sinclair/typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { joinKey } from "../../../base/keys.ts";
import { keyOf } from "../body.ts";
import { callerOf } from "../caller.ts";
import type { Routes } from "../door.ts";
import { documentNotFound } from "../errors.ts";
import { answers, COMMIT, ID_PARAMS, query, VERSION, WRITE_QUERY } from "../schemas.ts";
import { deleteDocument } from "../write.ts";

const DELETED = Type.Object({
  message: Type.String(),
  id: Type.String(),
  branch: Type.Optional(Type.String({ description: "When the request named one" })),
  version: VERSION,
  commit: COMMIT,
});

export const deleteRoutes: Routes = (app, deps) => {
  const remove = async (request: FastifyRequest, reply: FastifyReply, id: string, branch: string | undefined) => {
    const key = keyOf(id);
    const name = joinKey(key.table, key.id);
    const done = await deleteDocument(deps, request, reply, key, () => documentNotFound(name, callerOf(request, deps).branch));
    return { message: "Document deleted", id: name, branch, ...done };
  };
  const schema = { tags: ["documents"], summary: "Deletes a document; its history stays", response: answers(DELETED, 404, 412) };
  app.delete(
    "/api/v1/delete/:id",
    { schema: { ...schema, params: ID_PARAMS, querystring: query(WRITE_QUERY) } },
    (request, reply) => remove(request, reply, request.params.id, request.query.branch),
  );
  app.delete(
    "/api/v1/delete",
    { schema: { ...schema, querystring: query({ ...WRITE_QUERY, id: Type.String({ description: "The key, `table:id`" }) }) } },
    (request, reply) => remove(request, reply, request.query.id, request.query.branch),
  );
};
