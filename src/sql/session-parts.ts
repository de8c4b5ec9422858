// What a session is made of: room.ts supplies it.
import type { Clock } from "../base/clock.ts";
import type { Limits } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { Caller, RowRules, Tenant } from "../core/contract.ts";
import type { Events } from "../observability/events.ts";
import type { Workers } from "./execute/contract.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { SessionSettings } from "./settings/session.ts";
import type { Holdings } from "./statements/holdings.ts";

export interface SessionParts {
  readonly tenant: Tenant;
  readonly caller: Caller;
  readonly databases: readonly string[];
  readonly settings: SessionSettings;
  readonly holdings: Holdings;
  readonly plans: PlanCache;
  readonly rules: RowRules;
  readonly workers: Workers;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
}
