// Puts the REST door together: fastify, its limits, its hooks, the routes, the OpenAPI description, listening and draining.
//
// Bodies are not parsed by fastify: a JSON body reaches its route as bytes (body.ts reads it as text, so that numbers stay as
// written), an NDJSON body as the stream it is. Answers are text too; schemas of bodies and answers only describe.
import helmet from "@fastify/helmet";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { Ajv } from "ajv";
import Fastify, { type FastifyReply, type FastifyRequest, LogController } from "fastify";
import { ChronError } from "../../base/errors.ts";
import { authenticate, REALM } from "./authenticate.ts";
import { type BodyBudget, bodyBudget } from "./budget.ts";
import type { RestApp, RestContext, RestDeps } from "./door.ts";
import { sendError } from "./errors.ts";
import { givenRequestId, isHeaderSafe } from "./headers.ts";
import { methodTable } from "./methods.ts";
import { describe } from "./openapi.ts";
import { routes } from "./routes/index.ts";
import { socketGuard } from "./sockets.ts";

const POLICY = "default-src 'none'; frame-ancestors 'none'";

export interface RestDoor {
  readonly port: number;
  /** Stops listening, answers what was taken, refuses what comes on open connections; resolves when all are closed. */
  drain(): Promise<void>;
  /** The same at once: what is not answered yet is cut off. */
  close(): Promise<void>;
}

/** Listens for HTTP on `settings.host:port`. Throws what listening throws (EADDRINUSE, EACCES). */
export async function startRestDoor(deps: RestDeps): Promise<RestDoor> {
  const { app, drain } = await restApp(deps);
  const { host, port } = deps.settings;
  try {
    await app.listen({ host, port });
  } catch (thrown) {
    await app.close();
    throw thrown;
  }
  const address = app.server.address();
  return {
    port: address !== null && typeof address === "object" ? address.port : port,
    drain,
    async close() {
      app.server.closeAllConnections();
      await drain();
    },
  };
}

/** The door without its socket; tests `inject` into it. */
export async function restApp(deps: RestDeps): Promise<{ app: RestApp; drain: () => Promise<void> }> {
  const { limits, events, random } = deps;
  const guard = socketGuard(deps);
  let draining = false;

  const app: RestApp = Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.restBodyBytes,
    http: {
      maxHeaderSize: limits.restHeaderBytes,
      connectionsCheckingInterval: Math.max(50, Math.min(limits.messageIdleMs / 4, 5_000)),
    },
    // Refusing while draining is done below, in our shape.
    return503OnClosing: false,
    forceCloseConnections: "idle",
    requestIdHeader: false,
    genReqId: (raw) => givenRequestId(raw.headers, raw.url ?? "") ?? random.uuid(),
    clientErrorHandler: (error, socket) => guard.clientError(error, socket),
    frameworkErrors: (error, request, reply) => sendError(error, request, reply, deps),
    // Ids are bounded in decoded bytes; every byte may be written %XX.
    routerOptions: { maxParamLength: limits.idBytes * 12, ignoreTrailingSlash: true },
  });
  guard.attach(app.server);
  hookRequests(app, deps, guard, () => draining);
  takeBodies(app, bodyBudget(limits));
  checkQueries(app);
  const methods = methodTable(app);
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, deps));
  app.setNotFoundHandler((request, reply) => unknownRoute(request, reply, methods(request.url), deps));

  // Answers are data, so their policy is the strictest one, and the same text each time; /docs has its own.
  await app.register(helmet, { hsts: false, contentSecurityPolicy: false });
  const { version, defaultBranch } = deps.service.status();
  await app.register(swagger, describe(version, deps.auth.open));
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    // The page asks nobody but this server, which may well be plain HTTP.
    uiConfig: { validatorUrl: null },
    staticCSP: true,
    transformStaticCSP: (policy) => policy.replace(" validator.swagger.io", "").replace(/ ?upgrade-insecure-requests;?/, ""),
  });
  const context: RestContext = { ...deps, branch: defaultBranch };
  for (const register of routes) register(app, context);
  await app.ready();

  let closed: Promise<void> | null = null;
  const drain = (): Promise<void> => {
    draining = true;
    guard.drain();
    closed ??= within(limits.drainMs, app.close(), () => app.server.closeAllConnections());
    return closed;
  };
  events.info("the REST door is built", { routes: routes.length });
  return { app, drain };
}

/** Waits for `work`; when it takes longer than `ms`, `hurry` is called and the rest waited for. */
async function within(ms: number, work: PromiseLike<unknown>, hurry: () => void): Promise<void> {
  const timer = setTimeout(hurry, ms);
  try {
    await work;
  } finally {
    clearTimeout(timer);
  }
}

function hookRequests(app: RestApp, deps: RestDeps, guard: ReturnType<typeof socketGuard>, draining: () => boolean): void {
  app.decorateRequest("principal", "");
  app.addHook("onRequest", async (request, reply) => {
    guard.begin(request.raw);
    reply.header("Cache-Control", "private, no-cache").header("Content-Security-Policy", POLICY);
    if (isHeaderSafe(request.id)) reply.header("X-Request-Id", request.id);
    if (draining()) throw new ChronError("SHUTTING_DOWN", "The server is shutting down; ask again when it is back.");
    if (request.routeOptions.config.open === true) return;
    try {
      request.principal = await authenticate(request, deps);
    } catch (thrown) {
      reply.header("WWW-Authenticate", REALM);
      throw thrown;
    }
  });
  app.addHook("onSend", async (_request, reply) => {
    if (draining()) reply.header("Connection", "close");
  });
  app.addHook("onResponse", async (request, reply) => {
    guard.end(request.raw);
    deps.events.slow("rest", `${request.method} ${request.routeOptions.url ?? "unknown route"}`, reply.elapsedTime);
  });
}

/** Bodies come as bytes, whatever their type says, but for NDJSON, which comes as it is sent. */
function takeBodies(app: RestApp, budget: BodyBudget): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/x-ndjson", (_request, payload, done) => done(null, payload));
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.addHook("preParsing", async (request, reply, payload) => {
    const encoding = request.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      throw new ChronError(
        "UNSUPPORTED_MEDIA",
        `A body with Content-Encoding ${JSON.stringify(encoding)} is not read; send it as it is.`,
      );
    }
    budget(request, reply);
    return payload;
  });
}

/** Query and path schemas are enforced; bodies are checked by their routes. */
function checkQueries(app: RestApp): void {
  const ajv = new Ajv({ coerceTypes: true, useDefaults: true, strict: false });
  app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === "body" ? () => true : ajv.compile(schema as object)));
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
}

function unknownRoute(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[], deps: RestDeps): void {
  if (allowed.length === 0) {
    sendError(new ChronError("NOT_FOUND", "Not Found", { method: request.method, path: request.url }), request, reply, deps);
    return;
  }
  reply.header("Allow", allowed.join(", "));
  sendError(
    new ChronError("METHOD_NOT_ALLOWED", `${request.method} is not taken here; use ${allowed.join(" or ")}.`, { allow: allowed }),
    request,
    reply,
    deps,
  );
}
