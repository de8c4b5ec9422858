// The versions of a document, newest first: /api/v1/history/:id, /api/v1/history?id=, /api/v1/get/:id/history in ChronDB's own
// shape, and /api/v1/documents/:key/history as a plain list.
import { Type } from "@sinclair/typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { isoMicros } from "../../../base/clock.ts";
import { type DocumentKey, joinKey } from "../../../base/keys.ts";
import type { HistoryItem } from "../../../core/contract.ts";
import { keyOf } from "../body.ts";
import { callerOf, tenantOf } from "../caller.ts";
import type { RestContext, Routes } from "../door.ts";
import { documentNotFound } from "../errors.ts";
import { objectText, sendJson, versionText } from "../reply.ts";
import { answers, DOCUMENT, ID_PARAMS, KEY_PARAMS, limitParameter, query, READ_QUERY } from "../schemas.ts";
import { readVersions, type Versions } from "../versions.ts";

const HISTORY = Type.Object({
  id: Type.String(),
  branch: Type.String(),
  since: Type.Union([Type.String(), Type.Null()]),
  count: Type.Integer(),
  truncated: Type.Optional(Type.Boolean({ description: "There are older versions; go on with ?before= the last sequence" })),
  history: Type.Array(
    Type.Object({
      "commit-id": Type.String(),
      "commit-time": Type.String({ format: "date-time" }),
      "commit-message": Type.String(),
      "committer-name": Type.String(),
      "committer-email": Type.String(),
      sequence: Type.Integer(),
      user: Type.String({ description: "As the caller claimed" }),
      origin: Type.String(),
      flags: Type.Array(Type.String()),
      deleted: Type.Boolean(),
      document: Type.Union([DOCUMENT, Type.Null()]),
    }),
  ),
});

const PLAIN = Type.Array(
  Type.Object({
    timestamp: Type.String({ format: "date-time" }),
    version: Type.Integer(),
    commit: Type.String(),
    data: Type.Union([DOCUMENT, Type.Null()], { description: "null where the document was deleted" }),
  }),
);

interface Asked {
  readonly since?: string;
  readonly before?: string;
  readonly limit?: number;
}

interface Found extends Versions {
  readonly name: string;
  readonly branch: string;
}

/** Throws NOT_FOUND for a document that never was. */
async function find(deps: RestContext, request: FastifyRequest, key: DocumentKey, asked: Asked): Promise<Found> {
  const tenant = tenantOf(request, deps);
  const caller = callerOf(request, deps);
  const name = joinKey(key.table, key.id);
  const started = deps.clock.elapsed();
  const sequenceOf = async (reference: string | undefined) =>
    reference === undefined || reference === "" ? undefined : (await tenant.resolve(caller, reference)).sequence;
  const [since, before] = [await sequenceOf(asked.since), await sequenceOf(asked.before)];
  const found = await readVersions(tenant, caller, key, {
    since: since ?? 0,
    before,
    limit: asked.limit ?? deps.limits.restListDefault,
    bytes: deps.limits.restListBytes,
  });
  // Nothing newer than `since` is an empty answer; no version at all means that the document never was.
  if (
    found.items.length === 0 &&
    (since === undefined || (await tenant.history(caller, key.table, key.id, { limit: 1 })).length === 0)
  ) {
    throw documentNotFound(name, caller.branch);
  }
  deps.events.read("rest", deps.clock.elapsed() - started, found.items.length);
  return { ...found, name, branch: caller.branch };
}

function itemText(item: HistoryItem, committer: { name: string; email: string }): string {
  return objectText({
    "commit-id": JSON.stringify(item.commit),
    "commit-time": JSON.stringify(isoMicros(item.micros)),
    "commit-message": JSON.stringify(item.message),
    "committer-name": JSON.stringify(committer.name),
    "committer-email": JSON.stringify(committer.email),
    sequence: String(item.sequence),
    user: JSON.stringify(item.user),
    origin: JSON.stringify(item.origin),
    flags: JSON.stringify(item.flags),
    deleted: String(item.version === undefined),
    document: item.version === undefined ? "null" : versionText(item.version),
  });
}

export const historyRoutes: Routes = (app, deps) => {
  const asked = {
    ...READ_QUERY,
    limit: limitParameter(deps.limits),
    since: Type.Optional(Type.String({ description: "Only versions newer than this commit, sequence or time" })),
    before: Type.Optional(Type.String({ description: "Only versions older than this commit, sequence or time" })),
  };
  const schema = { tags: ["history"], summary: "The versions of a document, newest first", response: answers(HISTORY, 404) };

  const answer = async (request: FastifyRequest, reply: FastifyReply, id: string, query: Asked) => {
    const found = await find(deps, request, keyOf(id), query);
    const text = objectText({
      id: JSON.stringify(found.name),
      branch: JSON.stringify(found.branch),
      since: JSON.stringify(query.since ?? null),
      count: String(found.items.length),
      truncated: found.more ? "true" : undefined,
      history: `[${found.items.map((item) => itemText(item, deps.committer)).join(",")}]`,
    });
    return sendJson(reply, text);
  };

  for (const url of ["/api/v1/history/:id", "/api/v1/get/:id/history"]) {
    app.get(url, { schema: { ...schema, params: ID_PARAMS, querystring: query(asked) } }, (request, reply) =>
      answer(request, reply, request.params.id, request.query),
    );
  }
  app.get(
    "/api/v1/history",
    { schema: { ...schema, querystring: query({ ...asked, id: Type.String({ description: "The key, `table:id`" }) }) } },
    (request, reply) => answer(request, reply, request.query.id, request.query),
  );

  app.get(
    "/api/v1/documents/:key/history",
    { schema: { ...schema, params: KEY_PARAMS, querystring: query(asked), response: answers(PLAIN, 404) } },
    async (request, reply) => {
      const found = await find(deps, request, keyOf(request.params.key), request.query);
      const items = found.items.map((item) =>
        objectText({
          timestamp: JSON.stringify(isoMicros(item.micros)),
          version: String(item.sequence),
          commit: JSON.stringify(item.commit),
          data: item.version === undefined ? "null" : versionText(item.version),
        }),
      );
      return sendJson(reply, `[${items.join(",")}]`);
    },
  );
};
