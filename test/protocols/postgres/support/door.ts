// The door on a free port over fake sessions, and what it reported.
import { systemClock } from "../../../../src/base/clock.ts";
import { ChronError } from "../../../../src/base/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../../src/base/limits.ts";
import { systemRandom } from "../../../../src/base/random.ts";
import type { Caller, Service, Tenant } from "../../../../src/core/contract.ts";
import type { Events } from "../../../../src/observability/events.ts";
import type { PgAuthenticator } from "../../../../src/protocols/postgres/index.ts";
import { type PostgresDoor, startPostgresDoor } from "../../../../src/protocols/postgres/index.ts";
import { FakeSession } from "./fake-session.ts";

export interface TestDoor {
  readonly door: PostgresDoor;
  readonly port: number;
  readonly sessions: FakeSession[];
  readonly callers: Caller[];
  readonly seen: string[];
}

/** Every event as its name and arguments, for rows of expectations. */
function recordingEvents(seen: string[]): Events {
  return new Proxy({} as Events, {
    get:
      (_, name) =>
      (...details: unknown[]) => {
        seen.push(
          [String(name), ...details.map((detail) => (detail instanceof Error ? detail.message : String(detail)))].join(" "),
        );
      },
  });
}

/** Knows the one tenant `chrondb`; a door asks nothing else of the service. */
function fakeService(): Service {
  return {
    tenants: ["chrondb"],
    tenant(name: string): Tenant {
      if (name !== "chrondb") throw new ChronError("UNKNOWN_TENANT", `There is no tenant ${name}.`);
      return { name } as Tenant;
    },
    readOnlyReason: () => null,
    status: () => ({ defaultBranch: "main" }) as ReturnType<Service["status"]>,
  };
}

export const OPEN: PgAuthenticator = { open: true, scramVerifier: () => null, mockSalt: () => Buffer.alloc(16) };

export async function openDoor(
  options: { limits?: Partial<Limits>; auth?: PgAuthenticator; now?: boolean } = {},
): Promise<TestDoor> {
  const sessions: FakeSession[] = [];
  const callers: Caller[] = [];
  const seen: string[] = [];
  const door = await startPostgresDoor({
    service: fakeService(),
    openSession: (caller, startup) => {
      callers.push(caller);
      const session = new FakeSession(startup, { now: options.now ?? false });
      sessions.push(session);
      return session;
    },
    settings: { enabled: true, host: "127.0.0.1", port: 0 },
    auth: options.auth ?? OPEN,
    events: recordingEvents(seen),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    clock: systemClock,
    random: systemRandom,
  });
  return { door, port: door.port, sessions, callers, seen };
}
