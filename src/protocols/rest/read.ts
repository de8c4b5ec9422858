// What every read of one document does: now or at a past state, then its headers, 304 where the client has it.
import type { FastifyReply, FastifyRequest } from "fastify";
import { type DocumentKey, joinKey } from "../../base/keys.ts";
import type { ReadView, Tenant } from "../../core/contract.ts";
import { callerOf, tenantOf } from "./caller.ts";
import type { RestContext } from "./door.ts";
import { documentNotFound } from "./errors.ts";
import { notModified } from "./preconditions.ts";
import { sendJson, versionHeaders, versionText } from "./reply.ts";

/** Runs `read` on the newest state, or on the past one that `reference` names. */
export async function readView<T>(
  deps: RestContext,
  request: FastifyRequest,
  reference: string | undefined,
  read: (view: ReadView) => T,
): Promise<T> {
  const tenant: Tenant = tenantOf(request, deps);
  const caller = callerOf(request, deps);
  if (reference === undefined) return tenant.read(caller, read);
  return tenant.readAt(caller, await tenant.resolve(caller, reference), read);
}

/** Answers a document as JSON. Throws NOT_FOUND. */
export async function sendDocument(
  deps: RestContext,
  request: FastifyRequest,
  reply: FastifyReply,
  key: DocumentKey,
  reference: string | undefined,
): Promise<FastifyReply> {
  const started = deps.clock.elapsed();
  const version = await readView(deps, request, reference, (view) => view.get(key.table, key.id));
  if (version === undefined) throw documentNotFound(joinKey(key.table, key.id), callerOf(request, deps).branch);
  deps.events.read("rest", deps.clock.elapsed() - started, 1);
  versionHeaders(reply, version.from);
  if (notModified(request.headers, version)) return reply.code(304).send();
  return sendJson(reply, versionText(version));
}
