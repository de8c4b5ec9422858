// Waits until git has everything that was imported, so that what comes next finds its commits.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../base/clock.ts";
import type { RestClient } from "../rest-client.ts";

const LOOK_EVERY_MS = 200;
const LINE_EVERY_MS = 5000;
/** Without any progress for so long, something else is wrong, and waiting will not help. */
const STANDSTILL_MS = 60_000;

export interface GitWait {
  readonly tenant: string;
  /** Sequence to wait for. */
  readonly version: number;
  readonly clock: Clock;
  say(line: string): void;
}

/** Seconds waited; null when git stood still, which the server's /health then explains. */
export async function waitForGit(client: RestClient, wait: GitWait): Promise<number | null> {
  const started = wait.clock.elapsed();
  let nextLine = started + LINE_EVERY_MS;
  let reached = await archived(client, wait.tenant);
  let moved = started;
  while (reached < wait.version) {
    await sleep(LOOK_EVERY_MS);
    const now = wait.clock.elapsed();
    const before = reached;
    reached = await archived(client, wait.tenant);
    if (reached > before) moved = now;
    if (now - moved > STANDSTILL_MS) return null;
    if (now < nextLine || reached >= wait.version) continue;
    nextLine = now + LINE_EVERY_MS;
    wait.say(`writing commits to git: ${wait.version - reached} left`);
  }
  return (wait.clock.elapsed() - started) / 1000;
}

/** The last sequence of the tenant that is in git. */
async function archived(client: RestClient, tenant: string): Promise<number> {
  // An unhealthy server answers 503 with the same report.
  const { body } = await client.answer({ method: "GET", path: "/health" });
  const report = JSON.parse(body) as { checks?: { component: string; details?: { archived?: Record<string, number> } }[] };
  const archive = report.checks?.find((check) => check.component === "archive");
  return archive?.details?.archived?.[tenant] ?? 0;
}
