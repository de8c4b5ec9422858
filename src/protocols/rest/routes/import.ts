// POST /api/v1/documents/import. A JSON body is one transaction, all or nothing. An NDJSON body is streamed: a document and a
// transaction a line; a refused line is reported and the others go on (see ../ndjson-import.ts).
import { Readable } from "node:stream";
import { Type } from "@sinclair/typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { ChronError } from "../../../base/errors.ts";
import { arrayElements, eachElement, JsonProblem, memberText, parseObject } from "../../../base/json.ts";
import { joinKey } from "../../../base/keys.ts";
import type { Version } from "../../../state/store.ts";
import { bodyText, type Incoming, readDocument, readObject } from "../body.ts";
import { callerOf, intentOf, tenantOf } from "../caller.ts";
import type { RestContext, Routes } from "../door.ts";
import { importLines } from "../ndjson-import.ts";
import { objectText, sendJson, versionText } from "../reply.ts";
import { COMMIT, DOCUMENT, ERROR, query, VERSION, WRITE_QUERY } from "../schemas.ts";
import { mapSliced } from "../slices.ts";
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
  const documents = await readDocuments(bodyText(request.body), deps);
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
  const texts = await mapSliced(deps.clock, committed.value, versionText);
  return sendJson(
    reply,
    objectText({
      imported: String(documents.length),
      version: String(committed.version),
      commit: commit === undefined ? undefined : JSON.stringify(commit),
      documents: `[${texts.join(",")}]`,
    }),
  );
}

/** The documents of `{"documents":[…]}`, of an array, or a single one. Throws naming the one that is wrong. */
async function readDocuments(text: string, deps: RestContext): Promise<Incoming[]> {
  const { limits } = deps;
  const texts = await documentTexts(text, deps);
  return mapSliced(deps.clock, texts, (one, index) => {
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

/** An array, alone or as the first member of the envelope: what large imports are, so it is read in slices. */
const ARRAY_FIRST = /^\s*(\{\s*"documents"\s*:\s*)?(?=\[)/;

async function documentTexts(text: string, deps: RestContext): Promise<string[]> {
  const depth = deps.limits.jsonDepth + 2;
  const head = ARRAY_FIRST.exec(text);
  if (head !== null) {
    const { texts, end } = await elementTexts(text, head[0].length, depth, deps);
    if (tailNamesDocument(text.slice(end), head[1] !== undefined, depth)) return [text];
    return texts;
  }
  const object = readObject(text, depth);
  if (memberText(object, "id") !== undefined) return [object.text];
  const listed = memberText(object, "documents");
  if (listed?.startsWith("[") === true) return (await elementTexts(listed, 0, depth, deps)).texts;
  if (object.members.length === 0 || listed !== undefined) {
    throw new ChronError(
      "INVALID_DOCUMENT",
      'Request body must contain documents: {"documents":[…]}, an array, or one document.',
    );
  }
  return [object.text];
}

/**
 * Checks what follows the array: nothing, or the other members of its envelope, read as if the array were a digit. Answers
 * whether they have an `id`: then all of it is one document that happens to have a member `documents`.
 */
function tailNamesDocument(tail: string, isEnvelope: boolean, depth: number): boolean {
  try {
    if (isEnvelope) return memberText(parseObject(`{"documents":0${tail}`, depth), "id") !== undefined;
    arrayElements(`[]${tail}`, depth);
    return false;
  } catch (thrown) {
    if (!(thrown instanceof JsonProblem)) throw thrown;
    const reason = thrown.message.replace(/ at character \d+$/, "");
    throw new ChronError("INVALID_JSON", `Invalid JSON: ${reason}, after the array of documents.`, thrown.details);
  }
}

async function elementTexts(
  text: string,
  from: number,
  depth: number,
  deps: RestContext,
): Promise<{ texts: string[]; end: number }> {
  const maximum = deps.limits.importDocuments;
  let end = from;
  const counted = function* (): Generator<string> {
    let count = 0;
    const elements = eachElement(text, from, depth);
    let step = elements.next();
    for (; step.done !== true; step = elements.next()) {
      if (++count > maximum) {
        throw new ChronError(
          "LIMIT_EXCEEDED",
          `The request has more than ${maximum} documents, which is what one import takes (limit importDocuments). Import them as NDJSON.`,
          { limit: "importDocuments" },
        );
      }
      yield step.value;
    }
    end = step.value;
  };
  const texts = await mapSliced(deps.clock, counted(), (element) => element);
  return { texts, end };
}
