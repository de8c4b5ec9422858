// Reads many documents of one state in pages, whatever is written meanwhile, with a turn for others between two pages.
import { setImmediate as turn } from "node:timers/promises";
import type { DocumentKey } from "../../base/keys.ts";
import type { Caller, PastState, ReadView, Tenant } from "../../core/contract.ts";
import type { RestContext } from "./door.ts";
import { type Page, readPage } from "./listing.ts";

/** Documents and bytes of one page. */
const PAGE = { limit: 200, bytes: 256 * 1024 };

export interface PagesOptions {
  /** null: the newest state. */
  readonly past: PastState | null;
  readonly prefix: string;
  /** Exclusive. */
  readonly after: DocumentKey | null;
  readonly limit: number;
  /** Bytes after which the reading ends early. */
  readonly bytes: number;
}

export interface StatePage extends Page {
  /** Of the state that all pages are read at. */
  readonly sequence: number;
}

/** At least one page, perhaps empty; `more` of the last one tells whether a limit ended the reading. */
export async function* readPages(
  deps: RestContext,
  tenant: Tenant,
  caller: Caller,
  { past, prefix, after, limit, bytes }: PagesOptions,
): AsyncGenerator<StatePage> {
  let state = past;
  let from = after;
  let left = limit;
  let bytesLeft = bytes;
  for (;;) {
    await tenant.settled();
    const started = deps.clock.elapsed();
    const options = { prefix, after: from, limit: Math.min(PAGE.limit, left), bytes: Math.min(PAGE.bytes, bytesLeft) };
    const read = (view: ReadView) => ({ ...readPage(view, options), sequence: view.sequence, nowMs: view.nowMs });
    const page = state === null ? tenant.read(caller, read) : tenant.readAt(caller, state, read);
    deps.events.read("rest", deps.clock.elapsed() - started, page.documents.length);
    state = { sequence: page.sequence, nowMs: page.nowMs };
    left -= page.documents.length;
    bytesLeft -= page.bytes;
    yield page;
    if (!page.more || left <= 0 || bytesLeft <= 0) return;
    from = page.last;
    await turn();
  }
}
