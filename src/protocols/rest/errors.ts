// From anything thrown to an answer of one shape: {error: sentence, code, request_id, …details}.
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { ChronError, ERROR_KINDS, type ErrorCode } from "../../base/errors.ts";
import { JsonProblem } from "../../base/json.ts";
import type { LimitName, Limits } from "../../base/limits.ts";
import type { Events } from "../../observability/events.ts";

/** The document is not there: the sentence ChronDB's clients look for. */
export function documentNotFound(key: string, branch: string): ChronError {
  return new ChronError("NOT_FOUND", "Document not found", { id: key, branch });
}

export interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

function refusal(code: ErrorCode, message: string, details: Record<string, unknown> = {}): Refusal {
  return { status: ERROR_KINDS[code].status, code, message, details };
}

/** How a thrown value is answered; null when it is our fault and must not be shown. */
export function refusalOf(thrown: unknown, limits: Limits): Refusal | null {
  if (thrown instanceof ChronError) {
    if (thrown.code === "INTERNAL") return null;
    return { status: thrown.kind.status, code: thrown.code, message: thrown.message, details: thrown.details };
  }
  if (thrown instanceof JsonProblem) return refusal("INVALID_JSON", `Invalid JSON: ${thrown.message}.`, thrown.details);
  const code = (thrown as Partial<FastifyError> | null)?.code;
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return refusal(
        "LIMIT_EXCEEDED",
        `The request body is over ${limits.restBodyBytes} bytes (limit restBodyBytes); send less at once, or import as NDJSON.`,
        { limit: "restBodyBytes" },
      );
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
    case "FST_ERR_CTP_EMPTY_TYPE":
      return refusal("UNSUPPORTED_MEDIA", "The Content-Type is not one this route reads; send application/json.");
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return refusal("INVALID_ARGUMENT", "The request body is not as long as its Content-Length said.");
    case "FST_ERR_VALIDATION":
      return refusal("INVALID_ARGUMENT", validationSentence(thrown as FastifyError), overMaximum(thrown as FastifyError) ?? {});
    case "FST_ERR_BAD_URL":
    case "FST_ERR_INVALID_URL":
      return refusal(
        "INVALID_ARGUMENT",
        "The path has a percent-escape that is not valid UTF-8; encode ids with encodeURIComponent.",
      );
    case "FST_ERR_MAX_PARAM_LENGTH":
      return refusal("INVALID_ID", `The id in the path is too long; an id is 1 to ${limits.idBytes} bytes.`);
    default:
      return null;
  }
}

/** A list's `limit` over what a list answers at most; null for every other mistake. */
function overMaximum(error: FastifyError): { readonly limit: LimitName } | null {
  const [problem] = error.validation ?? [];
  const isOver = problem?.keyword === "maximum" && problem.instancePath === "/limit";
  return isOver ? { limit: "restListMaximum" } : null;
}

function validationSentence(error: FastifyError): string {
  const [problem] = error.validation ?? [];
  const where = error.validationContext === "params" ? "path parameter" : "query parameter";
  const missing = problem?.params.missingProperty;
  if (typeof missing === "string") return `Query parameter '${missing}' is required`;
  const name = problem?.instancePath.slice(1) ?? "";
  if (overMaximum(error) !== null) return `The query parameter "limit" ${problem?.message} (limit restListMaximum).`;
  const allowed = problem?.params.allowedValues;
  const wanted = Array.isArray(allowed)
    ? `must be one of ${allowed.map((value) => JSON.stringify(value)).join(", ")}`
    : problem?.message;
  return `The ${where} ${JSON.stringify(name)} ${wanted ?? "is not valid"}.`;
}

/** The one shape of an error's body. */
export function errorBody(found: Refusal, requestId: string): Record<string, unknown> {
  const fixed = { error: found.message, code: found.code, request_id: requestId };
  return { ...fixed, ...found.details, ...fixed };
}

/** What is told of anything thrown; our own faults go to the log and limits that were reached are counted. */
export function toldRefusal(thrown: unknown, request: FastifyRequest, parts: { limits: Limits; events: Events }): Refusal {
  let found = refusalOf(thrown, parts.limits);
  if (found === null) {
    parts.events.error("a REST request failed", thrown, { request_id: request.id, route: request.routeOptions.url ?? "" });
    found = refusal(
      "INTERNAL",
      `An error inside the server stopped this request; its log has the details under request_id ${request.id}.`,
    );
  }
  const limit = found.details.limit;
  if (typeof limit === "string" && limit in parts.limits) parts.events.limitReached(limit as LimitName);
  if (found.code === "VERSION_CONFLICT" || found.code === "SERIALIZATION_FAILURE") parts.events.occConflict("rest");
  return found;
}

export function sendError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  parts: { limits: Limits; events: Events },
): void {
  const found = toldRefusal(thrown, request, parts);
  const current = found.details.version;
  if (found.code === "VERSION_CONFLICT" && typeof current === "number") reply.header("ETag", `"${current}"`);
  if (found.status === 503) reply.header("Retry-After", "1");
  reply
    .code(found.status)
    .header("Cache-Control", "no-store")
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(errorBody(found, request.id)));
}
