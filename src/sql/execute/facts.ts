// The session and the running statement as functions see them. Classes rather than literals: one of each is made for every
// statement, and accessors and closures in a literal cost more than the rest of a point read (measured 3 us of 12).
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { nameResolver } from "../catalog/names.ts";
import type { Context } from "../functions/context.ts";
import type { SessionFacts, SessionLists } from "../relations.ts";
import type { SessionSettings } from "../settings/session.ts";
import type { NameResolver } from "../types/names.ts";
import { readStyles, type Style } from "../types/style.ts";

export class Facts implements SessionFacts {
  readonly database: string;
  readonly databases: readonly string[];
  readonly now: number;
  readonly lists: SessionLists;
  readonly #settings: SessionSettings;
  readonly #catalog: () => SessionFacts["catalog"];

  /** `now`: microseconds. */
  constructor(
    database: string,
    settings: SessionSettings,
    databases: readonly string[],
    now: number,
    catalog: () => SessionFacts["catalog"],
    lists: SessionLists,
  ) {
    this.database = database;
    this.databases = databases;
    this.now = now;
    this.lists = lists;
    this.#settings = settings;
    this.#catalog = catalog;
  }

  get user(): string {
    return this.#settings.get("session_authorization") ?? "";
  }

  get catalog(): SessionFacts["catalog"] {
    return this.#catalog();
  }

  setting(name: string): string | null {
    return this.#settings.get(name);
  }

  settings(): ReturnType<SessionFacts["settings"]> {
    return this.#settings.all();
  }
}

export class StatementContext implements Context {
  readonly facts: SessionFacts;
  readonly style: Style;
  readonly #settings: SessionSettings;
  readonly #words: Pick<Context, "notify">;
  readonly #clock: Clock;
  readonly #random: Random;
  #names: NameResolver | null = null;

  constructor(facts: SessionFacts, settings: SessionSettings, words: Pick<Context, "notify">, clock: Clock, random: Random) {
    this.facts = facts;
    this.style = {
      timeZone: settings.get("TimeZone") ?? "UTC",
      byteaEscape: settings.get("bytea_output") === "escape",
      floatDigits: Number(settings.get("extra_float_digits") ?? "1"),
      ...readStyles(settings.get("DateStyle") ?? "", settings.get("IntervalStyle") ?? ""),
      now: facts.now,
    };
    this.#settings = settings;
    this.#words = words;
    this.#clock = clock;
    this.#random = random;
  }

  get names(): NameResolver {
    this.#names ??= nameResolver(this.facts);
    return this.#names;
  }

  clock(): number {
    return this.#clock.micros();
  }

  uuid(): string {
    return this.#random.uuid();
  }

  random(): number {
    return this.#random.bytes(6).readUIntBE(0, 6) / 2 ** 48;
  }

  setSetting(name: string, value: string, local: boolean): string {
    return this.#settings.set(name, value, local);
  }

  notify(channel: string, payload: string): void {
    this.#words.notify(channel, payload);
  }
}
