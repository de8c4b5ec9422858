// GET /api/v1/export: every document, or those of a prefix, of one state, read in pages so that memory stays the same whatever
// the size. One JSON object, or a document a line with `Accept: application/x-ndjson`.
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { Type } from "@sinclair/typebox";
import type { DocumentKey } from "../../../base/keys.ts";
import type { Caller, PastState, Tenant } from "../../../core/contract.ts";
import { callerOf, tenantOf } from "../caller.ts";
import type { RestContext, Routes } from "../door.ts";
import { type Page, type PageOptions, readPage } from "../listing.ts";
import { JSON_TYPE, NDJSON_TYPE } from "../reply.ts";
import { AT_QUERY, DOCUMENT, ERROR, query, READ_QUERY } from "../schemas.ts";

/** Documents and bytes of one page. */
const PAGE = { limit: 200, bytes: 256 * 1024 };

const EXPORT = Type.Object({
  prefix: Type.Union([Type.String(), Type.Null()]),
  branch: Type.String(),
  documents: Type.Array(DOCUMENT),
  count: Type.Integer(),
});

interface Asked {
  readonly tenant: Tenant;
  readonly caller: Caller;
  readonly past: PastState;
  readonly prefix: string;
  readonly limit: number;
}

async function* pages(deps: RestContext, { tenant, caller, past, prefix, limit }: Asked): AsyncGenerator<readonly string[]> {
  let after: DocumentKey | null = null;
  let left = limit;
  while (left > 0) {
    const started = deps.clock.elapsed();
    const options: PageOptions = { prefix, after, limit: Math.min(PAGE.limit, left), bytes: PAGE.bytes };
    const page: Page = tenant.readAt(caller, past, (view) => readPage(view, options));
    deps.events.read("rest", deps.clock.elapsed() - started, page.documents.length);
    left -= page.documents.length;
    if (page.documents.length > 0) yield page.documents;
    if (!page.more) return;
    after = page.last;
    // A fast reader must not keep the others from their turn.
    await turn();
  }
}

async function* asLines(documents: AsyncGenerator<readonly string[]>): AsyncGenerator<string> {
  for await (const page of documents) yield `${page.join("\n")}\n`;
}

async function* asObject(head: string, documents: AsyncGenerator<readonly string[]>): AsyncGenerator<string> {
  let count = 0;
  yield `${head}"documents":[`;
  for await (const page of documents) {
    yield `${count === 0 ? "" : ","}${page.join(",")}`;
    count += page.length;
  }
  yield `],"count":${count}}`;
}

export const exportRoutes: Routes = (app, deps) => {
  app.get(
    "/api/v1/export",
    {
      schema: {
        tags: ["lists"],
        summary: "Exports all documents of one state, or those of a prefix",
        querystring: query({
          ...READ_QUERY,
          ...AT_QUERY,
          prefix: Type.Optional(Type.String({ description: "What keys start with: `user:`" })),
          limit: Type.Optional(Type.Integer({ minimum: 1, description: "At most so many; all when left out" })),
        }),
        response: {
          200: {
            description: "The documents",
            content: { "application/json": { schema: EXPORT }, "application/x-ndjson": { schema: DOCUMENT } },
          },
          400: ERROR,
          404: ERROR,
        },
      },
    },
    async (request, reply) => {
      const { prefix, limit, at } = request.query;
      const tenant = tenantOf(request, deps);
      const caller = callerOf(request, deps);
      // All pages are read at one state, whatever is written meanwhile.
      const past =
        at === undefined ? tenant.read(caller, ({ sequence, nowMs }) => ({ sequence, nowMs })) : await tenant.resolve(caller, at);
      const documents = pages(deps, { tenant, caller, past, prefix: prefix ?? "", limit: limit ?? Number.POSITIVE_INFINITY });
      const lines = (request.headers.accept ?? "").includes("application/x-ndjson");
      const head = `{"prefix":${JSON.stringify(prefix ?? null)},"branch":${JSON.stringify(caller.branch)},"version":${past.sequence},`;
      reply.header("X-ChronDB-Version", String(past.sequence)).type(lines ? NDJSON_TYPE : JSON_TYPE);
      return reply.send(Readable.from(lines ? asLines(documents) : asObject(head, documents), { objectMode: false }));
    },
  );
};
