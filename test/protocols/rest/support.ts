// A REST door on the fake service, and the events it told.

import pino from "pino";
import { systemClock } from "../../../src/base/clock.ts";
import { ChronError } from "../../../src/base/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../src/base/limits.ts";
import { systemRandom } from "../../../src/base/random.ts";
import type { Events } from "../../../src/observability/events.ts";
import type { HealthReport, RestApp, RestDeps } from "../../../src/protocols/rest/door.ts";
import { restApp } from "../../../src/protocols/rest/server.ts";
import { FakeService } from "../../support/fake-service.ts";

export type ToldEvent = readonly [name: string, ...args: unknown[]];

/** Records every event as [name, ...arguments]. */
export function recordingEvents(): { events: Events; told: ToldEvent[] } {
  const told: ToldEvent[] = [];
  const events = new Proxy({} as Events, {
    get:
      (_target, name) =>
      (...args: unknown[]) => {
        told.push([String(name), ...args]);
      },
  });
  return { events, told };
}

export interface Scene {
  readonly app: RestApp;
  readonly service: FakeService;
  readonly told: ToldEvent[];
  readonly drain: () => Promise<void>;
}

export interface SceneOptions {
  readonly limits?: Partial<Limits>;
  /** Guarded by this user and password. */
  readonly guard?: { readonly user: string; readonly password: string };
  readonly health?: HealthReport["status"];
}

export function sceneDeps(options: SceneOptions = {}): { deps: RestDeps; service: FakeService; told: ToldEvent[] } {
  const service = new FakeService();
  const { events, told } = recordingEvents();
  const { guard } = options;
  const status = options.health ?? "healthy";
  const checks = [{ component: "storage", status, "duration-ms": 1 }];
  const ok = status !== "unhealthy";
  const deps: RestDeps = {
    service,
    openSession: () => {
      throw new Error("the fake has no SQL");
    },
    settings: { enabled: true, host: "127.0.0.1", port: 0 },
    auth: {
      open: guard === undefined,
      async password(user, password) {
        if (user === guard?.user && password === guard.password) return user;
        throw new ChronError("WRONG_CREDENTIALS", "The user name or the password is wrong.");
      },
    },
    events,
    metrics: { contentType: "text/plain; version=0.0.4", text: async () => "chrondb_up 1\n" },
    health: {
      health: async () => ({ status, timestamp: "2026-01-01T00:00:00.000000Z", checks }),
      ready: async () => ({ ok, checks }),
      started: async () => ({ ok, checks }),
    },
    committer: { name: "ChronDB", email: "chrondb@example.com" },
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    clock: systemClock,
    random: systemRandom,
    logger: pino({ level: "silent" }),
  };
  return { deps, service, told };
}

export async function scene(options: SceneOptions = {}): Promise<Scene> {
  const { deps, service, told } = sceneDeps(options);
  return { ...(await restApp(deps)), service, told };
}
