// GET and POST /api/v1/documents/:key/diff?t1=&t2=: what changed in a document between two past states.
import { Type } from "@sinclair/typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { documentText } from "../../../base/document.ts";
import { ChronError } from "../../../base/errors.ts";
import { joinKey } from "../../../base/keys.ts";
import { diffDocuments } from "../../../core/commands/diff.ts";
import type { ReadView } from "../../../core/contract.ts";
import { bodyText, keyOf, readObject } from "../body.ts";
import { callerOf } from "../caller.ts";
import type { Routes } from "../door.ts";
import { documentNotFound } from "../errors.ts";
import { readView } from "../read.ts";
import { objectText, sendJson } from "../reply.ts";
import { answers, KEY_PARAMS, query, READ_QUERY } from "../schemas.ts";

const FIELDS = Type.Object({}, { additionalProperties: true });
const DIFF = Type.Object({
  added: FIELDS,
  removed: FIELDS,
  changed: Type.Object({}, { additionalProperties: Type.Object({ old: Type.Unknown(), new: Type.Unknown() }) }),
});

const TIMES = {
  t1: Type.Optional(Type.String({ description: "The older state: a time, a sequence or a commit" })),
  t2: Type.Optional(Type.String({ description: "The newer state; now when left out" })),
};

interface Asked {
  readonly t1?: string;
  readonly t2?: string;
}

export const diffRoutes: Routes = (app, deps) => {
  const answer = async (request: FastifyRequest, reply: FastifyReply, id: string, { t1, t2 }: Asked) => {
    if (t1 === undefined || t1 === "")
      throw new ChronError("INVALID_ARGUMENT", "Query parameter 't1' is required: the older of the two states.");
    const key = keyOf(id);
    const started = deps.clock.elapsed();
    const text = (view: ReadView) => {
      const version = view.get(key.table, key.id);
      return version === undefined ? undefined : documentText(version.kind, version.body);
    };
    const before = await readView(deps, request, t1, text);
    const after = await readView(deps, request, t2 === "" ? undefined : t2, text);
    if (before === undefined && after === undefined) {
      throw documentNotFound(joinKey(key.table, key.id), callerOf(request, deps).branch);
    }
    deps.events.read("rest", deps.clock.elapsed() - started, 2);
    return sendJson(reply, objectText({ ...diffDocuments(before, after) }));
  };

  const url = "/api/v1/documents/:key/diff";
  const schema = {
    tags: ["history"],
    summary: "What changed in a document between two states",
    params: KEY_PARAMS,
    querystring: query({ ...READ_QUERY, ...TIMES }),
    response: answers(DIFF, 404),
  };
  app.get(url, { schema }, (request, reply) => answer(request, reply, request.params.key, request.query));
  app.post(url, { schema: { ...schema, body: Type.Object(TIMES) } }, (request, reply) =>
    answer(request, reply, request.params.key, { ...bodyTimes(request.body, deps.limits.jsonDepth), ...request.query }),
  );
};

/** `{"t1":…,"t2":…}` of a body, if there is one. */
function bodyTimes(body: unknown, depth: number): Asked {
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  const object = readObject(bodyText(body), depth);
  const times: Record<string, string> = {};
  for (const { key, start, end, type } of object.members) {
    if (key !== "t1" && key !== "t2") continue;
    const written = object.text.slice(start, end);
    if (type === "string") times[key] = JSON.parse(written) as string;
    else if (type === "integer") times[key] = written;
    else
      throw new ChronError(
        "INVALID_ARGUMENT",
        `The member "${key}" is neither a string nor a whole number; give a time, a sequence or a commit.`,
      );
  }
  return times;
}
