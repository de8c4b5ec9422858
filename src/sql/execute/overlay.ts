// An open transaction's own changes, kept in memory by key. Reads of its statements see them over the snapshot; COMMIT checks that
// what they were based on still is so, and applies them in one writer's turn: one commit, one note.
import { classifyText } from "../../base/document.ts";
import { isLive } from "../../base/expiry.ts";
import { scanObject } from "../../base/json.ts";
import type { Caller, ReadView, RowRules, Tenant, WriteTx } from "../../core/contract.ts";
import { KIND, type TableDefinition } from "../../log/entry.ts";
import { type CatalogSnapshot, SEEN, type Version } from "../../state/store.ts";
import { fail } from "../errors.ts";
import type { ChangeTarget, OverlayRow } from "./contract.ts";

interface Own {
  readonly table: string;
  readonly id: string;
  /** undefined: deleted. */
  version: Version | undefined;
  /** Sequence of the version it replaces; 0 = there was none. */
  readonly base: number;
}

/** A change of the catalogue: null drops. In order, between documents. */
interface Definition {
  readonly table: string;
  readonly definition: TableDefinition | null;
}

/** What a savepoint goes back to. */
export interface OverlayMark {
  readonly own: ReadonlyMap<string, ReadonlyMap<string, Own>>;
  readonly definitions: readonly Definition[];
  readonly seen: ReadonlyMap<string, Seen>;
  readonly bytes: number;
}

/** What the transaction put into a table never declared: its fields and kinds, as state would note them. */
interface Seen {
  readonly fields: ReadonlyMap<string, number>;
  readonly kinds: number;
}

export interface OverlayParts {
  readonly tenant: Pick<Tenant, "read">;
  readonly caller: Caller;
  readonly rules: RowRules;
  readonly limitBytes: number;
  readonly nowMicros: () => number;
}

/** Numbers of tables that exist only in this transaction; far above any of state's. */
const OWN_TABLES = 100_000_000;

/** Sequence shown for versions that no entry has written yet. */
const UNWRITTEN = Number.MAX_SAFE_INTEGER;

export class Overlay implements ChangeTarget {
  readonly #parts: OverlayParts;
  #own = new Map<string, Map<string, Own>>();
  #definitions: Definition[] = [];
  #seen = new Map<string, Seen>();
  #bytes = 0;
  readonly #holders = new Map<string, Map<string, string>>();
  /** The catalogue last made, so that plans made on it stay good. */
  #catalog: { readonly committed: CatalogSnapshot; readonly own: CatalogSnapshot } | null = null;

  constructor(parts: OverlayParts) {
    this.#parts = parts;
  }

  /** As it is now; what is put into either later is not seen by the other. */
  copy(): Overlay {
    const copy = new Overlay(this.#parts);
    copy.restore(this.mark());
    return copy;
  }

  /** Whether a document was changed here since a copy was taken. */
  changedSince(copy: Overlay | null, table: string, id: string): boolean {
    const before = copy === null ? undefined : copy.#own.get(table)?.get(id);
    return this.#own.get(table)?.get(id) !== before;
  }

  get isEmpty(): boolean {
    return this.#own.size === 0 && this.#definitions.length === 0;
  }

  /** Whether the transaction changed documents of a table, so that its rows must be laid over the snapshot's. */
  touches(table: string): boolean {
    return (this.#own.get(table)?.size ?? 0) > 0 || this.#definitions.some((change) => change.table === table);
  }

  /** Whether the transaction changed this document. */
  owns(table: string, id: string): boolean {
    return this.#own.get(table)?.has(id) ?? false;
  }

  /** True when the table was made, or dropped, in this transaction: the snapshot's rows of that name do not count. */
  replaces(table: string): boolean {
    return this.#definitions.some((change) => change.table === table && change.definition === null) || !this.#hadTable(table);
  }

  rows(table: string): OverlayRow[] {
    return [...(this.#own.get(table)?.values() ?? [])].map(({ id, version }) => ({ id, version }));
  }

  /** The catalogue as this transaction sees it. */
  catalog(committed: CatalogSnapshot): CatalogSnapshot {
    if (this.#definitions.length === 0 && this.#seen.size === 0) return committed;
    if (this.#catalog?.committed !== committed) this.#catalog = { committed, own: this.#laidOver(committed) };
    return this.#catalog.own;
  }

  #laidOver(committed: CatalogSnapshot): CatalogSnapshot {
    const tables = new Map(committed.tables);
    this.#definitions.forEach(({ table, definition }, at) => {
      if (definition === null) tables.delete(table);
      else {
        const known = tables.get(table);
        tables.set(table, {
          tid: known?.tid ?? OWN_TABLES + at,
          name: table,
          definition,
          fields: known?.fields ?? [],
          kinds: known?.kinds ?? 0,
        });
      }
    });
    let at = this.#definitions.length;
    for (const [table, seen] of this.#seen) {
      const known = tables.get(table) ?? { tid: OWN_TABLES + at++, name: table, definition: null, fields: [], kinds: 0 };
      const fields = new Map(known.fields.map((field) => [field.name, field.seen]));
      for (const [name, bits] of seen.fields) fields.set(name, (fields.get(name) ?? 0) | bits);
      const merged = [...fields].map(([name, bits]) => ({ name, seen: bits }));
      // The same object where nothing is new: plans compare tables by identity.
      const same =
        known.kinds === (known.kinds | seen.kinds) &&
        merged.length === known.fields.length &&
        merged.every((field, index) => field.seen === known.fields[index]?.seen);
      if (!same || !tables.has(table)) tables.set(table, { ...known, fields: merged, kinds: known.kinds | seen.kinds });
    }
    return { version: committed.version + (this.#definitions.length + 1) / 1024, tables };
  }

  /** Notes the fields of a document put into a table never declared, as state's apply does. */
  #note(table: string, version: Version): void {
    const object = version.kind === KIND.string || typeof version.body !== "string" ? null : scanObject(version.body);
    const known = this.#seen.get(table);
    const fields = new Map(known?.fields);
    for (const { key, type } of object?.members ?? []) fields.set(key, (fields.get(key) ?? 0) | SEEN[type]);
    const kinds = (known?.kinds ?? 0) | (1 << version.kind);
    const grown =
      known === undefined || known.kinds !== kinds || [...fields].some(([name, bits]) => known.fields.get(name) !== bits);
    if (!grown) return;
    this.#seen.set(table, { fields, kinds });
    this.#catalog = null;
  }

  get(table: string, id: string): Version | undefined {
    const own = this.#own.get(table)?.get(id);
    return own === undefined ? this.#committed(table, id) : own.version;
  }

  put(table: string, id: string, body: string | Buffer, options: { kind?: Version["kind"]; expiresAt?: number } = {}): Version {
    const definition = this.catalog(this.#view((view) => view.catalog())).tables.get(table)?.definition ?? null;
    const shown =
      typeof body === "string" && definition !== null
        ? this.#parts.rules.conform(definition, id, body, { micros: this.#parts.nowMicros() })
        : body;
    const kind = options.kind ?? (typeof shown === "string" ? classifyText(shown).kind : KIND.string);
    const version: Version = { table, id, kind, body: shown, expiresAt: options.expiresAt ?? 0, from: UNWRITTEN, to: null };
    this.#unique(definition, version);
    if (definition === null) this.#note(table, version);
    this.#set(table, id, version, Buffer.byteLength(shown));
    return version;
  }

  delete(table: string, id: string): boolean {
    if (this.get(table, id) === undefined) return false;
    this.#set(table, id, undefined, 0);
    return true;
  }

  define(definition: TableDefinition): void {
    this.#definitions.push({ table: definition.table, definition });
    this.#catalog = null;
  }

  drop(table: string): void {
    this.#own.delete(table);
    this.#seen.delete(table);
    this.#holders.clear();
    this.#definitions.push({ table, definition: null });
    this.#catalog = null;
  }

  mark(): OverlayMark {
    return {
      own: new Map([...this.#own].map(([table, own]) => [table, new Map(own)])),
      definitions: [...this.#definitions],
      seen: new Map(this.#seen),
      bytes: this.#bytes,
    };
  }

  restore(mark: OverlayMark): void {
    this.#own = new Map([...mark.own].map(([table, own]) => [table, new Map(own)]));
    this.#definitions = [...mark.definitions];
    this.#seen = new Map(mark.seen);
    this.#catalog = null;
    this.#bytes = mark.bytes;
    this.#holders.clear();
  }

  get tables(): string[] {
    return [...new Set([...this.#definitions.map(({ table }) => table), ...this.#own.keys()])];
  }

  get keys(): { table: string; id: string }[] {
    return [...this.#own.values()].flatMap((own) => [...own.values()].map(({ table, id }) => ({ table, id })));
  }

  /** Applies everything in the writer's turn. Throws 40001 when another transaction changed what this one was based on. */
  *apply(tx: WriteTx): Generator<void, void> {
    let at = 0;
    for (const own of this.#own.values()) {
      for (const { table, id, base } of own.values()) {
        if ((tx.get(table, id)?.from ?? 0) !== base) {
          fail("40001", "could not serialize access due to concurrent update", {
            hint: "The transaction might succeed if retried.",
            table,
          });
        }
        if (++at % 100 === 0) yield;
      }
    }
    for (const { table, definition } of this.#definitions) {
      if (definition !== null) tx.define(definition);
      // Made and dropped in this transaction: nobody ever saw it.
      else if (tx.catalog().tables.has(table)) tx.drop(table);
    }
    // Deletions first: a unique value may have moved from one document to another.
    for (const deleting of [true, false]) {
      for (const own of this.#own.values()) {
        for (const { table, id, version, base } of own.values()) {
          if (deleting !== (version === undefined)) continue;
          if (version !== undefined) tx.put(table, id, version.body, { kind: version.kind, expiresAt: version.expiresAt });
          else if (base !== 0) tx.delete(table, id);
          if (++at % 100 === 0) yield;
        }
      }
    }
  }

  #hadTable(table: string): boolean {
    return this.#view((view) => view.catalog()).tables.has(table);
  }

  #view<T>(read: (view: ReadView) => T): T {
    return this.#parts.tenant.read(this.#parts.caller, read);
  }

  #committed(table: string, id: string): Version | undefined {
    if (this.#definitions.some((change) => change.table === table && change.definition === null)) return undefined;
    return this.#view((view) => {
      const version = view.get(table, id);
      return version !== undefined && isLive(version.expiresAt, view.nowMs) ? version : undefined;
    });
  }

  #set(table: string, id: string, version: Version | undefined, bytes: number): void {
    this.#bytes += bytes + id.length + 64;
    if (this.#bytes > this.#parts.limitBytes) {
      fail(
        "54000",
        `this transaction's changes take more than ${this.#parts.limitBytes} bytes (limit sqlOverlayBytes); commit in smaller parts`,
        { limit: "sqlOverlayBytes" },
      );
    }
    let own = this.#own.get(table);
    if (own === undefined) {
      own = new Map();
      this.#own.set(table, own);
    }
    const before = own.get(id);
    const base = before?.base ?? this.#committed(table, id)?.from ?? 0;
    own.set(id, { table, id, version, base });
  }

  /** UNIQUE among the transaction's own rows; against the snapshot's the executor asks by index, and the writer again at COMMIT. */
  #unique(definition: TableDefinition | null, version: Version): void {
    for (const { name, columns } of definition?.unique ?? []) {
      const mine = uniqueValues(version, columns);
      if (mine === null) continue;
      const holders = this.#holdersOf(version.table, name, columns);
      const holder = holders.get(mine);
      const other = holder === undefined ? undefined : this.#own.get(version.table)?.get(holder)?.version;
      if (holder !== version.id && other !== undefined && uniqueValues(other, columns) === mine) {
        const shown = (JSON.parse(mine) as unknown[]).map(String);
        fail("23505", `duplicate key value violates unique constraint "${name}"`, {
          detail: `Key (${columns.join(", ")})=(${shown.join(", ")}) already exists.`,
          schema: "public",
          table: version.table,
          constraint: name,
        });
      }
      holders.set(mine, version.id);
    }
  }

  /** Which own document has which values of a constraint; whether it still has them, the asker looks. */
  #holdersOf(table: string, constraint: string, columns: readonly string[]): Map<string, string> {
    const key = `${table}\u0000${constraint}`;
    const known = this.#holders.get(key);
    if (known !== undefined) return known;
    const holders = new Map<string, string>();
    for (const { id, version } of this.#own.get(table)?.values() ?? []) {
      const values = version === undefined ? null : uniqueValues(version, columns);
      if (values !== null) holders.set(values, id);
    }
    this.#holders.set(key, holders);
    return holders;
  }
}

/** The values a constraint compares, as one text; null where one is missing. */
function uniqueValues({ body }: Version, columns: readonly string[]): string | null {
  const members = JSON.parse(String(body)) as Record<string, unknown>;
  const found = columns.map((column) => members[column]);
  return found.some((value) => value === undefined || value === null) ? null : JSON.stringify(found);
}
