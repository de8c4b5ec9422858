// The session's facts on their way to a worker and back to life there.
import { type Clock, systemClock } from "../../base/clock.ts";
import { type Random, systemRandom } from "../../base/random.ts";
import type { CatalogSnapshot } from "../../state/store.ts";
import { nameResolver } from "../catalog/names.ts";
import { fail } from "../errors.ts";
import type { Context } from "../functions/context.ts";
import type { SessionFacts } from "../relations.ts";
import type { Style } from "../types/style.ts";
import type { PlainFacts } from "./messages.ts";

export function plainFacts(facts: SessionFacts): PlainFacts {
  const { database, user, databases, now } = facts;
  return { database, user, databases, now, channels: facts.lists?.channels() ?? [], settings: facts.settings() };
}

export function livingFacts(plain: PlainFacts, catalog: CatalogSnapshot): SessionFacts {
  const values = new Map(plain.settings.map(({ name, value }) => [name.toLowerCase(), value]));
  const lists = { prepared: () => [], cursors: () => [], channels: () => plain.channels };
  return { ...plain, lists, catalog, setting: (name) => values.get(name.toLowerCase()) ?? null, settings: () => plain.settings };
}

/** The context of a statement in a worker: it may read the session but not change it. */
export function workerContext(
  style: Style,
  facts: SessionFacts | null,
  clock: Clock = systemClock,
  random: Random = systemRandom,
): Context {
  return {
    style,
    clock: () => clock.micros(),
    uuid: () => random.uuid(),
    random: () => random.bytes(6).readUIntBE(0, 6) / 2 ** 48,
    facts,
    notify: () => fail("0A000", "pg_notify cannot be called by a statement that scans tables; call it on its own"),
    setSetting: () => fail("0A000", "set_config cannot be called by a statement that scans tables; call it on its own"),
    names: facts === null ? null : nameResolver(facts),
  };
}
