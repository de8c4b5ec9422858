// The memory that request bodies may take together. A body is held from its headers to the end of its answer, so a thousand
// connections could otherwise hold a thousand of the largest ones.
import type { FastifyReply, FastifyRequest } from "fastify";
import { ChronError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";

export type BodyBudget = (request: FastifyRequest, reply: FastifyReply) => void;

/** To be asked before a body is read. Throws OVERLOADED. */
export function bodyBudget(limits: Limits): BodyBudget {
  let held = 0;
  return (request, reply) => {
    const bytes = bytesOf(request, limits);
    if (bytes === 0) return;
    if (held + bytes > limits.restBodiesBytes) {
      throw new ChronError(
        "OVERLOADED",
        `Requests with ${held} bytes of bodies are under way; together they may have ${limits.restBodiesBytes} (limit restBodiesBytes). Try again shortly.`,
        { limit: "restBodiesBytes" },
      );
    }
    held += bytes;
    reply.raw.once("close", () => {
      held -= bytes;
    });
  };
}

/** What the body may take: its length as declared, the most it may be, or an import's window. */
function bytesOf(request: FastifyRequest, limits: Limits): number {
  const { "content-length": length, "transfer-encoding": encoding, "content-type": type } = request.headers;
  if (length === undefined && encoding === undefined) return 0;
  if (type?.startsWith("application/x-ndjson") === true) return limits.importWindowBytes;
  const declared = Number(length ?? Number.NaN);
  return Number.isNaN(declared) ? limits.restBodyBytes : Math.min(declared, limits.restBodyBytes);
}
