// GET /api/v1/export: every document, or those of a prefix, of one state, read in pages so that memory stays the same whatever
// the size. One JSON object, or a document a line with `Accept: application/x-ndjson`.
import { Readable } from "node:stream";
import { Type } from "@sinclair/typebox";
import { callerOf, tenantOf } from "../caller.ts";
import type { Routes } from "../door.ts";
import { readPages, type StatePage } from "../pages.ts";
import { JSON_TYPE, NDJSON_TYPE } from "../reply.ts";
import { AT_QUERY, DOCUMENT, ERROR, query, READ_QUERY } from "../schemas.ts";

const EXPORT = Type.Object({
  prefix: Type.Union([Type.String(), Type.Null()]),
  branch: Type.String(),
  documents: Type.Array(DOCUMENT),
  count: Type.Integer(),
});

type Pages = AsyncIterable<StatePage>;

async function* asLines(pages: Pages): AsyncGenerator<string> {
  for await (const { documents } of pages) if (documents.length > 0) yield `${documents.join("\n")}\n`;
}

async function* asObject(head: string, pages: Pages): AsyncGenerator<string> {
  let count = 0;
  yield `${head}"documents":[`;
  for await (const { documents } of pages) {
    if (documents.length > 0) yield `${count === 0 ? "" : ","}${documents.join(",")}`;
    count += documents.length;
  }
  yield `],"count":${count}}`;
}

export const exportRoutes: Routes = (app, deps) => {
  app.get(
    "/api/v1/export",
    {
      // A HEAD would read everything to answer nothing.
      exposeHeadRoute: false,
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
      const all = Number.POSITIVE_INFINITY;
      const pages = readPages(deps, tenant, caller, { past, prefix: prefix ?? "", after: null, limit: limit ?? all, bytes: all });
      const lines = (request.headers.accept ?? "").includes("application/x-ndjson");
      const head = `{"prefix":${JSON.stringify(prefix ?? null)},"branch":${JSON.stringify(caller.branch)},"version":${past.sequence},`;
      reply.header("X-ChronDB-Version", String(past.sequence)).type(lines ? NDJSON_TYPE : JSON_TYPE);
      return reply.send(Readable.from(lines ? asLines(pages) : asObject(head, pages), { objectMode: false }));
    },
  );
};
