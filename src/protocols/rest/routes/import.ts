// POST /api/v1/documents/import. A JSON body is one transaction, all or nothing. An NDJSON body is streamed: a document and a
// transaction a line; a refused line is reported and the others go on (see ../ndjson-import.ts).
import { Readable } from "node:stream";
import { Type } from "@sinclair/typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { ChronError } from "../../../base/errors.ts";
import { arrayElements, memberText } from "../../../base/json.ts";
import { joinKey } from "../../../base/keys.ts";
import type { Version } from "../../../state/store.ts";
import { bodyText, type Incoming, readDocument, readObject } from "../body.ts";
import { callerOf, intentOf, tenantOf } from "../caller.ts";
import type { RestContext, Routes } from "../door.ts";
import { importLines } from "../ndjson-import.ts";
import { objectText, sendJson, versionText } from "../reply.ts";
import { COMMIT, DOCUMENT, ERROR, query, VERSION, WRITE_QUERY } from "../schemas.ts";
import { answerVersion } from "../write.ts";

const IMPORTED = Type.Object({
  imported: Type.Integer(),
  version: Type.Optional(VERSION),
  commit: COMMIT,
  documents: Type.Array(DOCUMENT),
});
const LINES = Type.Object({
  imported: Type.Integer(),
  failed: Type.Integer(),
  version: Type.Optional(VERSION),
  commit: COMMIT,
  errors: Type.Array(Type.Object({ line: Type.Integer(), error: Type.String(), code: Type.String() }), {
    description: "The first refused lines; `failed` counts them all",
  }),
});

/** Documents put between two yields of the writer's turn. */
const SLICE = 50;

export const importRoutes: Routes = (app, deps) => {
  app.post(
    "/api/v1/documents/import",
    {
      schema: {
        tags: ["lists"],
        summary: "Imports documents: JSON in one commit, or NDJSON with a commit a line",
        querystring: query(WRITE_QUERY),
        body: {
          content: {
            "application/json": {
              schema: Type.Union([Type.Object({ documents: Type.Array(DOCUMENT) }), Type.Array(DOCUMENT), DOCUMENT]),
            },
            "application/x-ndjson": { schema: DOCUMENT },
          },
        },
        response: { 200: Type.Union([IMPORTED, LINES]), 400: ERROR, 413: ERROR },
      },
    },
    (request, reply) =>
      request.body instanceof Readable ? importNdjson(deps, request, reply, request.body) : importJson(deps, request, reply),
  );
};

async function importNdjson(
  deps: RestContext,
  request: FastifyRequest,
  reply: FastifyReply,
  body: Readable,
): Promise<FastifyReply> {
  const tenant = tenantOf(request, deps);
  const result = await importLines(deps, request, tenant, body);
  const { imported, failed, errors, last } = result;
  const commit = last === 0 ? undefined : await answerVersion(request, reply, tenant, { version: last, changed: true });
  const answer = { imported, failed, ...(last === 0 ? {} : { version: last }), commit, errors };
  if (result.stopped !== null) {
    const { status, code, message } = result.stopped;
    return reply.code(status).send({ error: message, code, request_id: request.id, ...answer });
  }
  if (imported === 0 && failed > 0) {
    const error = `None of the ${failed} lines could be imported; the first: ${errors[0]?.error ?? "unknown"}`;
    return reply.code(400).send({ error, code: errors[0]?.code ?? "INVALID_JSON", request_id: request.id, ...answer });
  }
  return reply.send(answer);
}

async function importJson(deps: RestContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const documents = readDocuments(bodyText(request.body), deps);
  if (documents.length === 0) return sendJson(reply, '{"imported":0,"documents":[]}');
  const tenant = tenantOf(request, deps);
  const intent = intentOf(request, deps, {
    operation: "import-documents",
    message: documents.length === 1 ? "Import 1 document" : `Import ${documents.length} documents`,
    flags: ["bulk-load"],
    ids: documents.map(({ table, id }) => joinKey(table, id)),
  });
  const committed = await tenant.writeSliced(callerOf(request, deps), intent, function* (tx) {
    const saved: Version[] = [];
    for (const { table, id, text } of documents) {
      saved.push(tx.put(table, id, text));
      if (saved.length % SLICE === 0) yield;
    }
    return saved;
  });
  const commit = await answerVersion(request, reply, tenant, committed);
  return sendJson(
    reply,
    objectText({
      imported: String(documents.length),
      version: String(committed.version),
      commit: commit === undefined ? undefined : JSON.stringify(commit),
      documents: `[${committed.value.map(versionText).join(",")}]`,
    }),
  );
}

/** The documents of `{"documents":[…]}`, of an array, or a single one. Throws naming the one that is wrong. */
function readDocuments(text: string, deps: RestContext): Incoming[] {
  const { limits } = deps;
  const texts = documentTexts(text, limits.jsonDepth + 2);
  if (texts.length > limits.importDocuments) {
    throw new ChronError(
      "LIMIT_EXCEEDED",
      `The request has ${texts.length} documents; one import takes ${limits.importDocuments} (limit importDocuments). Import them as NDJSON.`,
      { limit: "importDocuments" },
    );
  }
  return texts.map((one, index) => {
    try {
      return readDocument(one, limits);
    } catch (thrown) {
      if (!(thrown instanceof ChronError)) throw thrown;
      const place = `Document ${index + 1} of the request`;
      const missing = thrown.message.includes('no "id" member');
      const sentence = missing
        ? `All documents must include :id; ${place.toLowerCase()} has none.`
        : `${place}: ${thrown.message}`;
      throw new ChronError(thrown.code, sentence, { ...thrown.details, document: index + 1 });
    }
  });
}

function documentTexts(text: string, depth: number): string[] {
  if (/^\s*\[/.test(text)) return arrayElements(text, depth);
  const object = readObject(text, depth);
  const listed = memberText(object, "documents");
  const single = memberText(object, "id") !== undefined;
  if (!single && listed?.startsWith("[") === true) return arrayElements(listed, depth);
  if (object.members.length === 0 || (!single && listed !== undefined)) {
    throw new ChronError(
      "INVALID_DOCUMENT",
      'Request body must contain documents: {"documents":[…]}, an array, or one document.',
    );
  }
  return [object.text];
}
