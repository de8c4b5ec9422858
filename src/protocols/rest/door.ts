// What the REST door is given and what its routes share. Nothing here speaks HTTP yet.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Static, TSchema } from "@sinclair/typebox";
import type { FastifyBaseLogger, FastifyInstance, FastifyTypeProvider, RawServerDefault } from "fastify";
import type { Clock } from "../../base/clock.ts";
import type { Limits } from "../../base/limits.ts";
import type { Random } from "../../base/random.ts";
import type { DoorSettings } from "../../config/settings.ts";
import type { Caller, Service, Tenant } from "../../core/contract.ts";
import type { Events } from "../../observability/events.ts";
import type { SqlSession } from "../../sql/contract.ts";

/** Who may come in; main.ts supplies it. */
export interface Authenticator {
  /** Open development mode: everybody is let in. */
  readonly open: boolean;
  /** The principal that user and password prove. Throws WRONG_CREDENTIALS. */
  password(user: string, password: string): Promise<string>;
}

export interface HealthCheck {
  readonly component: string;
  readonly status: "healthy" | "degraded" | "unhealthy";
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly "duration-ms": number;
}

export interface HealthReport {
  readonly status: "healthy" | "degraded" | "unhealthy";
  /** ISO time. */
  readonly timestamp: string;
  readonly checks: readonly HealthCheck[];
}

export interface ProbeReport {
  readonly ok: boolean;
  readonly checks: readonly HealthCheck[];
}

/** How the server is; main.ts supplies it. */
export interface HealthSource {
  health(): Promise<HealthReport>;
  /** Whether requests should be sent here now. */
  ready(): Promise<ProbeReport>;
  /** Whether starting (replay included) is over. */
  started(): Promise<ProbeReport>;
}

export interface RestDeps {
  readonly service: Service;
  /**
   * Opens a SQL session. `startup` holds `user`, `database` and settings; `dress` is asked for the tenant the session works on.
   * Throws SqlError to refuse.
   */
  readonly openSession: (
    caller: Caller,
    startup: Readonly<Record<string, string>>,
    dress: (tenant: Tenant) => Tenant,
  ) => SqlSession;
  readonly settings: DoorSettings;
  readonly auth: Authenticator;
  readonly events: Events;
  /** The text of `/metrics`. */
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly health: HealthSource;
  /** What history answers as the committer of every commit. */
  readonly committer: { readonly name: string; readonly email: string };
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: FastifyBaseLogger;
}

/** What routes are given: the above, and what was asked of the service once. */
export interface RestContext extends RestDeps {
  /** The name of the default branch. */
  readonly branch: string;
}

/** Lets fastify type `request.query` and `request.params` from the TypeBox schema of the route. */
export interface TypeBoxProvider extends FastifyTypeProvider {
  validator: this["schema"] extends TSchema ? Static<this["schema"]> : unknown;
}

export type RestApp = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxProvider>;

/** A file of routes/: registers the routes of one resource. */
export type Routes = (app: RestApp, deps: RestContext) => void;

declare module "fastify" {
  interface FastifyRequest {
    /** As authenticated; "" in open development mode. */
    principal: string;
  }
  interface FastifyContextConfig {
    /** Answers without credentials (probes of an orchestrator). */
    open?: boolean;
    /** The body is read by the route itself, as it comes. */
    streams?: boolean;
  }
}
