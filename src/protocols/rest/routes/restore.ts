// POST /api/v1/documents/:key/restore: puts an old version back as a new commit.
import { Type } from "@sinclair/typebox";
import { ChronError } from "../../../base/errors.ts";
import { joinKey } from "../../../base/keys.ts";
import { restoreVersion } from "../../../core/commands/restore.ts";
import { bodyText, keyOf, readObject } from "../body.ts";
import { callerOf, intentOf, tenantOf } from "../caller.ts";
import type { Routes } from "../door.ts";
import { preconditionsOf } from "../preconditions.ts";
import { sendJson, versionText } from "../reply.ts";
import { answers, DOCUMENT, KEY_PARAMS, query, WRITE_QUERY } from "../schemas.ts";
import { answerVersion } from "../write.ts";

const REF = Type.Optional(Type.String({ description: "The state to take the document from: a sequence, a commit or a time" }));

export const restoreRoutes: Routes = (app, deps) => {
  app.post(
    "/api/v1/documents/:key/restore",
    {
      schema: {
        tags: ["history"],
        summary: "Puts an old version back, as a new commit",
        params: KEY_PARAMS,
        querystring: query({ ...WRITE_QUERY, ref: REF }),
        body: Type.Object({ ref: REF }),
        response: answers(DOCUMENT, 404, 412),
      },
    },
    async (request, reply) => {
      const { table, id } = keyOf(request.params.key);
      const reference = request.query.ref ?? bodyReference(request.body, deps.limits.jsonDepth);
      const name = joinKey(table, id);
      const tenant = tenantOf(request, deps);
      const intent = intentOf(request, deps, {
        operation: "restore-document",
        message: `Restore document ${name} to version ${reference}`,
        ids: [name],
      });
      const { check } = preconditionsOf(request.headers);
      const restored = await restoreVersion(tenant, callerOf(request, deps), intent, table, id, reference, (tx) =>
        check(tx.get(table, id)),
      );
      await answerVersion(request, reply, tenant, restored);
      return sendJson(reply, versionText(restored.value));
    },
  );
};

function bodyReference(body: unknown, depth: number): string {
  if (Buffer.isBuffer(body) && body.length > 0) {
    const object = readObject(bodyText(body), depth);
    const member = object.members.find(({ key }) => key === "ref");
    const written = member === undefined ? "" : object.text.slice(member.start, member.end);
    if (member?.type === "string") return JSON.parse(written) as string;
    if (member?.type === "integer") return written;
  }
  throw new ChronError(
    "INVALID_ARGUMENT",
    'The version to restore is missing: send {"ref":"…"} or ?ref= with a sequence, a commit or a time.',
  );
}
