// From a request to the caller and the words of its transaction.
import type { FastifyRequest } from "fastify";
import { ChronError } from "../../base/errors.ts";
import type { Limits } from "../../base/limits.ts";
import type { Caller, Intent, Tenant } from "../../core/contract.ts";
import type { RestContext } from "./door.ts";
import { checkedWord, flagList, givenRequestId, headerText } from "./headers.ts";

/** The tenant that serves requests naming none. */
const DEFAULT_TENANT = "chrondb";
const MAIN = "main";

/** Query parameters that callerOf and intentOf read; routes declare those they take with schemas.ts. */
export interface CallerQuery {
  readonly branch?: string;
  readonly tenant?: string;
  readonly origin?: string;
  readonly user?: string;
  readonly flags?: string;
  readonly message?: string;
}

function queryOf(request: FastifyRequest): CallerQuery {
  return request.query as CallerQuery;
}

export function tenantOf(request: FastifyRequest, deps: RestContext): Tenant {
  return deps.service.tenant(headerText(request.headers, "x-chrondb-tenant") ?? queryOf(request).tenant ?? DEFAULT_TENANT);
}

/** The branch asked for: only the default one so far. Throws NOT_FOUND. */
function branchOf(request: FastifyRequest, deps: RestContext): string {
  const branch = queryOf(request).branch;
  if (branch === undefined || branch === "" || branch === "default" || branch === MAIN || branch === deps.branch)
    return deps.branch;
  throw new ChronError(
    "NOT_FOUND",
    `There is no branch ${JSON.stringify(branch)}: this server has only "${deps.branch}" until branches are built; leave ?branch= out.`,
    { branch },
  );
}

/** Who is asking, from where. Throws INVALID_ARGUMENT, NOT_FOUND, UNKNOWN_TENANT. */
export function callerOf(request: FastifyRequest, deps: RestContext): Caller {
  const { headers } = request;
  const query = queryOf(request);
  const { limits } = deps;
  const origin = checkedWord(
    "X-ChronDB-Origin",
    headerText(headers, "x-chrondb-origin") ?? query.origin ?? "",
    "originBytes",
    limits,
  );
  const given = givenRequestId(headers, request.url);
  if (given !== undefined) checkedWord("The request id", given, "requestIdBytes", limits);
  return Object.freeze({
    tenant: tenantOf(request, deps).name,
    branch: branchOf(request, deps),
    origin: origin === "" ? "rest" : origin.toLowerCase(),
    principal: request.principal,
    user: checkedWord("X-ChronDB-User", headerText(headers, "x-chrondb-user") ?? query.user ?? "", "userBytes", limits),
    address: request.socket.remoteAddress ?? "",
  });
}

/** What a route says of its write; the request may replace the message and add flags. */
export interface WriteWords {
  readonly operation: string;
  readonly message: string;
  readonly flags?: readonly string[];
  /** The documents meant, in ChronDB's key form. */
  readonly ids: readonly string[];
}

/** Ids that the note names; the rest is only counted. */
const NOTED_IDS = 20;

/** The words of one transaction. Throws INVALID_ARGUMENT. */
export function intentOf(request: FastifyRequest, deps: RestContext, words: WriteWords): Intent {
  const query = queryOf(request);
  const { limits } = deps;
  const flags = flagList(headerText(request.headers, "x-chrondb-flags") ?? query.flags ?? "", limits);
  const message = checkedWord(
    "X-ChronDB-Message",
    headerText(request.headers, "x-chrondb-message") ?? query.message ?? "",
    "messageBytes",
    limits,
  );
  return {
    operation: words.operation,
    message: message === "" ? words.message : message,
    flags: [...new Set([...(words.flags ?? []), ...flags])],
    requestId: request.id,
    metadata: {
      http: { method: request.method, path: pathOf(request), "remote-addr": request.socket.remoteAddress ?? "" },
      endpoint: request.routeOptions.url ?? "",
      ...correlation(request, limits),
      ...idsMetadata(words.ids),
    },
  };
}

/** X-Correlation-Id beside an X-Request-Id; alone it is the request's id. Throws INVALID_ARGUMENT. */
function correlation(request: FastifyRequest, limits: Limits): Record<string, string> {
  const given = headerText(request.headers, "x-correlation-id")?.trim() ?? "";
  if (given === "" || given === request.id) return {};
  return { "correlation-id": checkedWord("X-Correlation-Id", given, "requestIdBytes", limits) };
}

export function idsMetadata(ids: readonly string[]): Record<string, unknown> {
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) return { "document-id": only };
  return { "document-count": ids.length, "document-ids": ids.slice(0, NOTED_IDS) };
}

function pathOf(request: FastifyRequest): string {
  const end = request.url.indexOf("?");
  return end < 0 ? request.url : request.url.slice(0, end);
}
