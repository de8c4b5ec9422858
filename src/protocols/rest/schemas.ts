// TypeBox schemas that several routes share. Query and path schemas are enforced; bodies and answers are documentation, since
// documents travel as text (see server.ts).
import { type TProperties, type TSchema, Type } from "@sinclair/typebox";
import type { Limits } from "../../base/limits.ts";

const text = (description: string) => Type.Optional(Type.String({ description }));

export const READ_QUERY = {
  branch: text('The branch; only the default one ("main") exists so far.'),
  tenant: text('The tenant; "chrondb" when left out. Also X-ChronDB-Tenant.'),
  user: text("Who the caller says it is. Also X-ChronDB-User."),
  origin: text('Where the request comes from; "rest" when left out. Also X-ChronDB-Origin.'),
  "request-id": text("Also X-Request-Id or X-Correlation-Id."),
};

export const AT_QUERY = {
  at: text("A past state: a sequence (42), a commit (7 to 40 hex digits) or a time (2026-01-31T12:00:00Z)."),
};

export const WRITE_QUERY = {
  ...READ_QUERY,
  flags: text("Comma list of flags for the git note. Also X-ChronDB-Flags."),
  message: text("First line of the git commit. Also X-ChronDB-Message."),
  wait: Type.Optional(Type.Literal("commit", { description: "Answer once the write is in git, with its commit hash." })),
};

export function query<P extends TProperties>(properties: P) {
  return Type.Object(properties);
}

export function limitParameter(limits: Limits) {
  return Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: limits.restListMaximum,
      description: `At most so many; ${limits.restListDefault} when left out.`,
    }),
  );
}

export const ID_PARAMS = Type.Object({ id: Type.String({ description: "The document's key, `table:id`, percent-encoded." }) });
export const KEY_PARAMS = Type.Object({ key: Type.String({ description: "The document's key, `table:id`, percent-encoded." }) });

export const DOCUMENT = Type.Object(
  { id: Type.String({ description: "The key, `table:id`." }) },
  { additionalProperties: true, description: "A document: a JSON object. Numbers come back as they were written." },
);

export const VERSION = Type.Integer({ description: "The sequence of the write; also in ETag and X-ChronDB-Version." });
export const COMMIT = Type.Optional(Type.String({ description: "The git commit, under ?wait=commit." }));

export const ERROR = Type.Object(
  {
    error: Type.String({ description: "A sentence: what was wrong, where, what to do." }),
    code: Type.String({ description: "Stable name of the refusal." }),
    request_id: Type.String(),
  },
  { additionalProperties: true },
);

/** The answers of a route: its own and the errors every route may give. */
export function answers(ok: TSchema, ...errors: number[]): Record<string, TSchema> {
  const all: Record<string, TSchema> = { 200: ok };
  for (const status of [400, ...errors]) all[status] = ERROR;
  return all;
}
