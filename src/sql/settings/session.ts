// A session's settings: transactional, as PostgreSQL's are. SET inside a transaction that fails is undone; SET LOCAL ends with it.
import { fail } from "../errors.ts";
import { readSetting, showSetting } from "./read.ts";
import { SETTING_BY_NAME, SETTINGS, type SettingDefinition } from "./table.ts";

/** Names with a dot that nobody declared are a client's own, as in PostgreSQL. */
const CUSTOM = /^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)+$/i;
/** Characters of one value, and client-made settings of one session. */
const VALUE_MAXIMUM = 65_536;
const CUSTOM_MAXIMUM = 1_000;

interface Layer {
  /** Values for the session, and for the transaction only. */
  readonly session: Map<string, string>;
  readonly local: Map<string, string>;
}

function copy(layer: Layer): Layer {
  return { session: new Map(layer.session), local: new Map(layer.local) };
}

export class SessionSettings {
  /** What RESET goes back to: defaults with what the client started with. */
  readonly #initial: ReadonlyMap<string, string> = new Map();
  #now: Layer = { session: new Map(), local: new Map() };
  #before: Layer | null = null;
  /** Names of the client's own that were ever set: without a value they are empty, as in PostgreSQL. */
  readonly #own = new Set<string>();
  /** Values last told to the client, and the layer they were told from: looked at again only when something was set since. */
  readonly #told = new Map<string, string>();
  #changes = 0;
  #toldChanges = -1;

  /** `fixed`: values of this server and session that nobody may set; `startup`: what the client started with. */
  constructor(fixed: Readonly<Record<string, string>>, startup: Readonly<Record<string, string>>) {
    const initial = new Map(SETTINGS.map(({ name, value }) => [name.toLowerCase(), value]));
    for (const [name, value] of Object.entries(fixed)) initial.set(name.toLowerCase(), value);
    for (const [name, value] of Object.entries(startup)) initial.set(name.toLowerCase(), this.#read(name, value).value);
    this.#initial = initial;
  }

  /** Grows with every change. */
  get changes(): number {
    return this.#changes;
  }

  /** The raw value; null when there is no such setting. */
  get(name: string): string | null {
    const key = canonical(name);
    return this.#now.local.get(key) ?? this.#now.session.get(key) ?? this.#initial.get(key) ?? (this.#own.has(key) ? "" : null);
  }

  /** Null also while the session's first values are read. */
  #inForce(key: string): string | null {
    return this.#now.local.get(key) ?? this.#now.session.get(key) ?? this.#initial.get(key) ?? null;
  }

  /** As SHOW prints it. Throws 42704. */
  show(name: string): string {
    const value = this.get(name);
    if (value === null) return fail("42704", `unrecognized configuration parameter "${name}"`);
    const definition = SETTING_BY_NAME.get(canonical(name));
    return definition === undefined ? value : showSetting(definition, value);
  }

  /** Sets a value; `local`: until the transaction ends. Answers the value in force. */
  set(name: string, value: string, local: boolean): string {
    const { key, value: read } = this.#read(name, value);
    this.#changes++;
    if (local) this.#now.local.set(key, read);
    else {
      this.#now.session.set(key, read);
      this.#now.local.delete(key);
    }
    return read;
  }

  reset(name: string): void {
    const key = canonical(name);
    if (!this.#initial.has(key) && !CUSTOM.test(key)) fail("42704", `unrecognized configuration parameter "${name}"`);
    this.#changes++;
    this.#now.session.delete(key);
    this.#now.local.delete(key);
  }

  resetAll(): void {
    this.#changes++;
    this.#now = { session: new Map(), local: new Map() };
  }

  /** Name (as PostgreSQL spells it), value as SHOW prints it, description: sorted by name. */
  all(): { name: string; value: string; description: string }[] {
    return SETTINGS.map(({ name, description }) => ({ name, value: this.show(name), description })).sort((a, b) =>
      a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1,
    );
  }

  begin(): void {
    this.#before ??= copy(this.#now);
  }

  commit(): void {
    this.#before = null;
    if (this.#now.local.size > 0) this.#changes++;
    this.#now.local.clear();
  }

  rollback(): void {
    this.#changes++;
    if (this.#before !== null) this.#now = this.#before;
    this.#before = null;
    this.#now.local.clear();
  }

  /** After a statement outside transactions: what was set for the transaction goes. */
  endStatement(): void {
    if (this.#now.local.size > 0) this.commit();
  }

  mark(): Layer {
    return copy(this.#now);
  }

  restore(mark: Layer): void {
    this.#changes++;
    this.#now = copy(mark);
  }

  /** Reported settings whose value changed since the last call: all of them the first time. */
  takeReported(): [name: string, value: string][] {
    if (this.#toldChanges === this.#changes) return [];
    this.#toldChanges = this.#changes;
    const changed: [string, string][] = [];
    for (const { name, reported } of SETTINGS) {
      if (reported !== true) continue;
      const value = this.get(name) ?? "";
      if (this.#told.get(name) === value) continue;
      this.#told.set(name, value);
      changed.push([name, value]);
    }
    return changed;
  }

  #read(name: string, value: string): { key: string; value: string } {
    const key = canonical(name);
    if (value.length > VALUE_MAXIMUM)
      fail("22023", `the value for parameter "${name}" is longer than ${VALUE_MAXIMUM} characters`);
    const definition: SettingDefinition | undefined = SETTING_BY_NAME.get(key);
    if (definition !== undefined) return { key, value: readSetting(definition, value, this.#inForce(key) ?? definition.value) };
    if (!CUSTOM.test(key)) fail("42704", `unrecognized configuration parameter "${name}"`);
    if (key.startsWith("chrondb."))
      fail("42704", `unrecognized configuration parameter "${name}"`, {
        hint: "ChronDB has chrondb.message, chrondb.user and chrondb.flags.",
      });
    if (this.#own.size >= CUSTOM_MAXIMUM && !this.#own.has(key))
      fail("54000", `a session can have ${CUSTOM_MAXIMUM} settings of its own`);
    this.#own.add(key);
    return { key, value };
  }
}

function canonical(name: string): string {
  const key = name.toLowerCase();
  return key === "time zone" ? "timezone" : key;
}
