// POST /api/v1/sql: statements with parameters, answered as JSON or, with `Accept: application/x-ndjson`, as lines while they
// run; and begin, commit and rollback of transactions that are kept between requests.
import { Readable } from "node:stream";
import { Type } from "@sinclair/typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { ChronError } from "../../../base/errors.ts";
import type { Tenant } from "../../../core/contract.ts";
import { bodyText } from "../body.ts";
import { tenantOf } from "../caller.ts";
import type { RestContext, Routes } from "../door.ts";
import { errorBody, toldRefusal } from "../errors.ts";
import { NDJSON_TYPE, objectText, sendJson } from "../reply.ts";
import { answers, COMMIT, ERROR, query, VERSION, WRITE_QUERY } from "../schemas.ts";
import { readSqlRequest, readTransactionBody, type SqlRequest } from "../sql/body.ts";
import { answerText, collect, type Members } from "../sql/collect.ts";
import { sqlFailure } from "../sql/failure.ts";
import { asLines } from "../sql/lines.ts";
import { type Run, runRequest, type Step } from "../sql/run.ts";
import { type Opened, openFor, refusePast } from "../sql/sessions.ts";
import { Splitter } from "../sql/split.ts";
import { TimeLimit } from "../sql/time-limit.ts";
import { Transactions } from "../sql/transactions.ts";
import type { RowForm } from "../sql/values.ts";
import { answerVersion, waitedCommit } from "../write.ts";

const COLUMN = Type.Object({
  name: Type.String(),
  type: Type.String({ description: "As PostgreSQL spells it: integer, numeric(10,2), text[] …" }),
  oid: Type.Integer({ description: "The type's OID in PostgreSQL." }),
});
const RESULT = {
  columns: Type.Optional(Type.Array(COLUMN)),
  rows: Type.Optional(Type.Array(Type.Unknown(), { description: "Objects, or arrays where they are asked for." })),
  command: Type.String({ description: "PostgreSQL's command tag: SELECT 2, INSERT 0 1 …" }),
  rowCount: Type.Union([Type.Integer(), Type.Null()]),
  truncated: Type.Optional(Type.Boolean({ description: "A write is done, but returned more rows than an answer holds." })),
  notices: Type.Optional(Type.Array(Type.Object({ severity: Type.String(), sqlstate: Type.String(), message: Type.String() }))),
};
const AROUND = {
  version: Type.Optional(VERSION),
  commit: COMMIT,
  transaction: Type.Optional(Type.String({ description: "The token of the session, where it is kept." })),
  status: Type.Optional(Type.String({ description: "Of a kept session: idle, open or failed." })),
};
const ANSWER = Type.Union([
  Type.Object({ ...RESULT, ...AROUND }, { description: "Of one statement" }),
  Type.Object({ results: Type.Array(Type.Object(RESULT)), ...AROUND }, { description: "Of several statements, or a batch" }),
]);
const PARAMS = Type.Optional(
  Type.Union([Type.Array(Type.Unknown()), Type.Record(Type.String(), Type.Unknown())], {
    description: "An array for $1 and ?, an object for :name.",
  }),
);
const TOKEN = Type.String({ description: "The token that begin answered." });
const SESSION = {
  rows: Type.Optional(
    Type.String({ description: "objects (JSON's default), arrays (NDJSON's), or text (PostgreSQL's text forms)." }),
  ),
  transaction: Type.Optional(TOKEN),
  keep: Type.Optional(
    Type.Boolean({ description: "Keep a session that the statements leave with an open transaction or settings." }),
  ),
  timeout_ms: Type.Optional(Type.Integer({ minimum: 1 })),
};
const BODY = Type.Union([
  Type.Object({ sql: Type.String(), params: PARAMS, ...SESSION }),
  Type.Object({ batch: Type.Array(Type.Object({ sql: Type.String(), params: PARAMS })), ...SESSION }),
]);
const OPENED = Type.Object({ transaction: TOKEN, status: Type.String(), idle_ms: Type.Integer() });
const ENDED = Type.Object({ command: Type.String(), version: Type.Optional(VERSION), commit: COMMIT });

const STATUS = { I: "idle", T: "open", E: "failed" } as const;

export const sqlRoutes: Routes = (app, deps) => {
  const transactions = new Transactions(deps);
  const splitter = new Splitter(deps.limits.planCache);
  app.addHook("onClose", () => transactions.close());
  const querystring = query(WRITE_QUERY);

  app.post(
    "/api/v1/sql",
    {
      schema: {
        tags: ["sql"],
        summary: "Runs SQL statements; several are one transaction",
        querystring,
        body: BODY,
        response: {
          200: {
            description: "What the statements answer",
            content: { "application/json": { schema: ANSWER }, "application/x-ndjson": { schema: Type.Unknown() } },
          },
          ...Object.fromEntries([400, 404, 409, 413, 501, 503, 504].map((status) => [status, ERROR])),
        },
      },
    },
    async (request, reply) => {
      refusePast(request.query);
      const asked = readSqlRequest(bodyText(request.body), deps.limits);
      if (asked.keep && asked.transaction === null) transactions.checkRoom();
      const opened = await openFor(request, deps, transactions, asked.transaction);
      const work = new SqlWork(request, reply, { ...deps, transactions, splitter }, opened, asked);
      return (request.headers.accept ?? "").includes("application/x-ndjson") ? work.stream() : work.answer();
    },
  );

  app.post(
    "/api/v1/sql/begin",
    {
      schema: {
        tags: ["sql"],
        summary: "Begins a transaction that is kept between requests",
        querystring,
        response: answers(OPENED, 503),
      },
    },
    async (request) => {
      refusePast(request.query);
      transactions.checkRoom();
      const { session, observer, caller } = await openFor(request, deps, transactions, null);
      await control(session, "BEGIN", deps);
      const transaction = transactions.keep(session, observer, caller);
      return { transaction, status: STATUS[session.status], idle_ms: deps.limits.restSqlIdleMs };
    },
  );

  for (const command of ["COMMIT", "ROLLBACK"] as const) {
    app.post(
      `/api/v1/sql/${command.toLowerCase()}`,
      {
        schema: {
          tags: ["sql"],
          summary: command === "COMMIT" ? "Commits a transaction" : "Rolls a transaction back",
          querystring,
          body: Type.Object({ transaction: TOKEN }),
          response: answers(ENDED, 404, 409),
        },
      },
      async (request, reply) => {
        const token = readTransactionBody(bodyText(request.body), deps.limits);
        const { session, observer } = await openFor(request, deps, transactions, token);
        let tag = "";
        try {
          tag = await control(session, command, deps);
        } finally {
          await transactions.end(token);
        }
        if (tag !== command) {
          throw new ChronError(
            "TRANSACTION_FAILED",
            "A statement of this transaction had failed, so it was rolled back: nothing of it was written.",
            { sqlstate: "25P02" },
          );
        }
        const { written } = observer;
        const commit = written === null ? undefined : await answerVersion(request, reply, tenantOf(request, deps), written);
        const members = { version: written === null ? undefined : String(written.version), commit: quoted(commit) };
        return sendJson(reply, objectText({ command: JSON.stringify(tag), ...members }));
      },
    );
  }
};

/** Runs a statement about the transaction; answers its tag. Throws ChronErrors. */
async function control(session: Opened["session"], sql: string, deps: RestContext): Promise<string> {
  try {
    const cursor = await session.execute(session.prepare(sql, []), []);
    await cursor.next(0);
    return cursor.tag();
  } catch (thrown) {
    throw sqlFailure(thrown, { statement: null, position: (at) => at }, deps.service.readOnlyReason());
  }
}

function quoted(text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(text);
}

/** What the requests of the door share. */
interface WorkDeps extends RestContext {
  readonly transactions: Transactions;
  readonly splitter: Splitter;
}

/** One request at work: its steps, and what becomes of its session. */
class SqlWork {
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #deps: WorkDeps;
  readonly #opened: Opened;
  readonly #asked: SqlRequest;
  #isGone = false;
  #isSettled = false;
  /** A statement changed the session itself. */
  #hasSet = false;

  constructor(request: FastifyRequest, reply: FastifyReply, deps: WorkDeps, opened: Opened, asked: SqlRequest) {
    this.#request = request;
    this.#reply = reply;
    this.#deps = deps;
    this.#opened = opened;
    this.#asked = asked;
    reply.raw.once("close", () => this.#hungUp());
    if (reply.raw.destroyed) this.#hungUp();
  }

  /** One JSON text. */
  async answer(): Promise<FastifyReply> {
    const { limits } = this.#deps;
    const { observer } = this.#opened;
    try {
      const answers = await collect(this.#steps(this.#asked.rows ?? "objects"), {
        form: this.#asked.rows ?? "objects",
        limits,
        isWritten: () => observer.written?.changed === true && this.#opened.session.status === "I",
      });
      const kept = await this.#settle(true);
      const { written } = observer;
      const commit = written === null ? undefined : await answerVersion(this.#request, this.#reply, this.#tenant(), written);
      const around = { version: written === null ? undefined : String(written.version), commit: quoted(commit), ...kept };
      return sendJson(this.#reply, answerText(answers, this.#asked.isBatch || answers.length > 1, around));
    } catch (thrown) {
      throw await this.#failed(thrown);
    }
  }

  /** Lines. An error before the first of them is an error's answer; later it is the last line. */
  async stream(): Promise<FastifyReply> {
    const { limits } = this.#deps;
    const form = this.#asked.rows ?? "arrays";
    const steps = this.#steps(form);
    let first: Awaited<ReturnType<typeof steps.next>>;
    try {
      first = await steps.next();
    } catch (thrown) {
      throw await this.#failed(thrown);
    }
    const lines = asLines(steps, first, {
      form,
      limits,
      around: () => this.#around(),
      failure: async (thrown) => {
        const told = await this.#failed(thrown);
        return JSON.stringify(errorBody(toldRefusal(told, this.#request, this.#deps), this.#request.id));
      },
      stalled: () => {
        this.#deps.events.limitReached("restSqlStallMs");
        this.#reply.raw.destroy();
      },
      closed: async () => {
        await this.#settle(false);
      },
    });
    return this.#reply.type(NDJSON_TYPE).send(Readable.from(lines, { objectMode: false }));
  }

  async *#steps(form: RowForm): AsyncGenerator<Step, void, void> {
    const { limits, clock, events, service, splitter } = this.#deps;
    const { session } = this.#opened;
    const run: Run = {
      ...{ session, limits, clock, events, splitter },
      request: this.#asked,
      time: new TimeLimit(clock, this.#asked.timeoutMs, () => session.cancel()),
      readOnly: () => service.readOnlyReason(),
      isGone: () => this.#isGone,
      check: (columns) => {
        if (form === "objects") refuseTwins(columns ?? []);
      },
    };
    for await (const step of runRequest(run)) {
      if (step.kind === "end" && /^(SET|RESET|DISCARD)/.test(step.tag)) this.#hasSet = true;
      yield step;
    }
  }

  async #around(): Promise<Members> {
    const kept = await this.#settle(true);
    const { written } = this.#opened.observer;
    const commit = written === null ? undefined : await waitedCommit(this.#request, this.#tenant(), written);
    return { version: written === null ? undefined : String(written.version), commit: quoted(commit), ...kept };
  }

  #tenant(): Tenant {
    return tenantOf(this.#request, this.#deps);
  }

  #hungUp(): void {
    if (this.#isSettled) return;
    this.#isGone = true;
    const { token, session } = this.#opened;
    if (token !== null) this.#deps.transactions.leave(token);
    session.cancel();
  }

  /** The error, with what became of the session. */
  async #failed(thrown: unknown): Promise<unknown> {
    const kept = await this.#settle(false);
    if (!(thrown instanceof ChronError) || kept.transaction === undefined) return thrown;
    const { token, session } = this.#opened;
    return new ChronError(thrown.code, thrown.message, { ...thrown.details, transaction: token, status: STATUS[session.status] });
  }

  /** Ends the session, or keeps it for the next request. Throws when a transaction was left open that nobody wants. */
  async #settle(isDone: boolean): Promise<Members> {
    if (this.#isSettled) return {};
    this.#isSettled = true;
    const { token, session, observer, caller } = this.#opened;
    const isOpen = session.status !== "I";
    if (token !== null) {
      if (!isOpen && !this.#asked.keep) {
        await this.#deps.transactions.end(token);
        return {};
      }
      this.#deps.transactions.giveBack(token);
      return { transaction: JSON.stringify(token), status: JSON.stringify(STATUS[session.status]) };
    }
    if (isDone && this.#asked.keep && !this.#isGone && (isOpen || this.#hasSet)) {
      const made = this.#deps.transactions.keep(session, observer, caller);
      return { transaction: JSON.stringify(made), status: JSON.stringify(STATUS[session.status]) };
    }
    await session.close();
    if (!isDone || !isOpen) return {};
    throw new ChronError(
      "INVALID_ARGUMENT",
      'The statements left a transaction open, and it was rolled back. Send its COMMIT in the same request, say "keep": true, or begin it with POST /api/v1/sql/begin.',
      { sqlstate: "25000" },
    );
  }
}

/** A JSON object cannot have two members of one name. */
function refuseTwins(columns: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) {
      throw new ChronError(
        "INVALID_ARGUMENT",
        `Two columns of the result are named ${JSON.stringify(name)}, which an object cannot hold; name one with AS, or ask for "rows": "arrays".`,
        { sqlstate: "42701" },
      );
    }
    seen.add(name);
  }
}
