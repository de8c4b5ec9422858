// The SQL session of a request: a new one, or the one that its token names.

import type { FastifyRequest } from "fastify";
import { ChronError } from "../../../base/errors.ts";
import type { Caller } from "../../../core/contract.ts";
import { callerOf, intentOf } from "../caller.ts";
import type { RestContext } from "../door.ts";
import { Observer, type Words } from "./observed.ts";
import type { Kept, Transactions } from "./transactions.ts";

/** Who runs SQL where everybody may: as the PostgreSQL door calls them. */
const OPEN_USER = "chrondb";

export interface Opened extends Omit<Kept, "token"> {
  /** Null: the session ends with the request. */
  readonly token: string | null;
  readonly caller: Caller;
}

/** Throws what callerOf and intentOf throw; UNKNOWN_TRANSACTION, LOCKED. */
export async function openFor(
  request: FastifyRequest,
  deps: RestContext,
  transactions: Transactions,
  token: string | null,
): Promise<Opened> {
  const caller = callerOf(request, deps);
  const words = wordsOf(request, deps, caller);
  if (token !== null) {
    const kept = await transactions.take(token, caller);
    // Flags gather over the requests of a transaction; the last message and user that were given hold.
    const before = kept.observer.words;
    kept.observer.words = {
      ...words,
      flags: [...new Set([...before.flags, ...words.flags])],
      message: words.message === "" ? before.message : words.message,
      user: words.user === "" ? before.user : words.user,
    };
    kept.observer.written = null;
    return { ...kept, token, caller };
  }
  // What the first request says is what the session starts with, so that SET can say otherwise.
  const observer = new Observer({ ...words, message: "", user: "" });
  const startup = {
    user: caller.principal === "" ? OPEN_USER : caller.principal,
    database: caller.tenant,
    application_name: "rest",
    "chrondb.message": words.message,
  };
  const session = deps.openSession(caller, startup, (tenant) => observer.dress(tenant));
  return { session, observer, token: null, caller };
}

/** The words of the request's writes. Throws INVALID_ARGUMENT. */
function wordsOf(request: FastifyRequest, deps: RestContext, caller: Caller): Words {
  const intent = intentOf(request, deps, { operation: "", message: "", ids: [] });
  const { http, endpoint } = intent.metadata;
  const { requestId, flags, message } = intent;
  return { requestId, flags, message, metadata: { http, endpoint }, user: caller.user, origin: caller.origin };
}

/** SQL has no clause for the past yet. */
export function refusePast(query: object): void {
  if (!("at" in query)) return;
  throw new ChronError(
    "NOT_SUPPORTED",
    "SQL cannot be asked about a past state over REST yet; read documents with ?at= instead: GET /api/v1/documents?at=….",
    { feature: "at" },
  );
}
