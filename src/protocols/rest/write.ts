// What every write route does: preconditions inside the writer's turn, then headers that tell version and commit.
import type { FastifyReply, FastifyRequest } from "fastify";
import { ChronError } from "../../base/errors.ts";
import { joinKey } from "../../base/keys.ts";
import type { Committed, Tenant } from "../../core/contract.ts";
import type { Version } from "../../state/store.ts";
import type { Incoming } from "./body.ts";
import { callerOf, intentOf, tenantOf } from "./caller.ts";
import type { RestContext } from "./door.ts";
import { preconditionsOf } from "./preconditions.ts";
import { versionHeaders } from "./reply.ts";

export interface Stored {
  readonly saved: Version;
  readonly version: number;
  /** Under `?wait=commit`. */
  readonly commit: string | undefined;
}

/** Puts one document: one transaction. Sets ETag, X-ChronDB-Version and, where the document is new, Location. */
export async function storeDocument(
  deps: RestContext,
  request: FastifyRequest,
  reply: FastifyReply,
  incoming: Incoming,
): Promise<Stored> {
  const { table, id, text } = incoming;
  const key = joinKey(table, id);
  const tenant = tenantOf(request, deps);
  const preconditions = preconditionsOf(request.headers);
  const intent = intentOf(request, deps, { operation: "save-document", message: "Save document", ids: [key] });
  const committed = await tenant.writeByKey(callerOf(request, deps), intent, (tx) => {
    const current = tx.get(table, id);
    preconditions.check(current);
    return { saved: tx.put(table, id, text), created: current === undefined };
  });
  if (committed.value.created) reply.header("Location", `/api/v1/get/${encodeURIComponent(key)}`);
  const commit = await answerVersion(request, reply, tenant, committed);
  return { saved: committed.value.saved, version: committed.version, commit };
}

/** Deletes one document: one transaction. Throws `missing` when there is none, writing nothing. */
export async function deleteDocument(
  deps: RestContext,
  request: FastifyRequest,
  reply: FastifyReply,
  key: { table: string; id: string },
  missing: () => ChronError,
): Promise<{ version: number; commit: string | undefined }> {
  const tenant = tenantOf(request, deps);
  const preconditions = preconditionsOf(request.headers);
  const words = {
    operation: "delete-document",
    message: "Delete document",
    flags: ["delete"],
    ids: [joinKey(key.table, key.id)],
  };
  const committed = await tenant.writeByKey(callerOf(request, deps), intentOf(request, deps, words), (tx) => {
    const current = tx.get(key.table, key.id);
    if (current === undefined) throw missing();
    preconditions.check(current);
    tx.delete(key.table, key.id);
  });
  return { version: committed.version, commit: await answerVersion(request, reply, tenant, committed) };
}

/** Sets the headers of a write's answer; waits for git where the client asked for it. Answers the commit then. */
export async function answerVersion(
  request: FastifyRequest,
  reply: FastifyReply,
  tenant: Tenant,
  { version, changed }: Pick<Committed<unknown>, "version" | "changed">,
): Promise<string | undefined> {
  versionHeaders(reply, version);
  const commit = await waitedCommit(request, tenant, { version, changed });
  if (commit !== undefined) versionHeaders(reply, version, commit);
  return commit;
}

/** The commit of a write, where the request asked to wait for it. */
export async function waitedCommit(
  request: FastifyRequest,
  tenant: Tenant,
  { version, changed }: Pick<Committed<unknown>, "version" | "changed">,
): Promise<string | undefined> {
  const { wait } = request.query as { wait?: string };
  if (wait !== "commit" || !changed) return undefined;
  try {
    return await tenant.commitOf(version);
  } catch (thrown) {
    if (!(thrown instanceof ChronError)) throw thrown;
    // A write that only touched unversioned tables has no commit.
    if (thrown.code === "NOT_FOUND") return undefined;
    if (thrown.code !== "TIMEOUT") throw thrown;
    throw new ChronError(
      "TIMEOUT",
      `The write is durable as version ${version}, but git has not caught up with it yet; ask its history for the commit later.`,
      { version, stored: true },
    );
  }
}
