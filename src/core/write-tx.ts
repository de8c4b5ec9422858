// The writer's turn for one transaction: decides effects, applies each at once so that it sees its own changes, and collects
// them for the log record. Every rule on documents is here or below, so no door can go round it.
import { classifyText } from "../base/document.ts";
import { ChronError } from "../base/errors.ts";
import { isLive } from "../base/expiry.ts";
import { type JsonObject, JsonProblem, parseObject, scanObject } from "../base/json.ts";
import { checkIdLength, isTableName, joinKey, splitKey } from "../base/keys.ts";
import type { Limits } from "../base/limits.ts";
import type { DefineEffect, DeleteEffect, Effect, Kind, PutEffect, TableDefinition } from "../log/entry.ts";
import { KIND } from "../log/entry.ts";
import { type CatalogSnapshot, type StateWriter, UniqueConflict, type Version } from "../state/store.ts";
import type { ReadView, RowRules, WriteTx } from "./contract.ts";
import { LatestView } from "./read-view.ts";

/** A put whose members are known, so that state need not scan the body again. */
type ScannedPut = PutEffect & { readonly object?: JsonObject };

export interface WriteTxParts {
  readonly state: StateWriter;
  readonly definition: (table: string) => TableDefinition | null;
  readonly catalog: () => CatalogSnapshot;
  readonly rules: RowRules;
  readonly limits: Limits;
}

export class Transaction implements WriteTx {
  readonly sequence: number;
  readonly time: number;
  readonly nowMs: number;
  readonly effects: Effect[] = [];
  readonly flags: string[] = [];
  /** Bytes of the bodies put so far, for the record limit. */
  bytes = 0;
  readonly #parts: WriteTxParts;
  readonly #view: LatestView;
  /** The first effect is applied only when something looks or a second comes: a lone effect needs no savepoint. */
  #pending: Effect | null = null;
  #savepoint = false;
  #open = true;

  constructor(parts: WriteTxParts, sequence: number, time: number) {
    this.#parts = parts;
    this.sequence = sequence;
    this.time = time;
    this.nowMs = Math.floor(time / 1000);
    this.#view = new LatestView(parts.state, () => this.nowMs, parts.catalog);
  }

  get state(): StateWriter {
    this.#see();
    return this.#parts.state;
  }

  get(table: string, id: string): Version | undefined {
    this.#see();
    return this.#view.get(table, id);
  }

  list(table: string, options: { after?: string; prefix?: string; limit: number }): Version[] {
    this.#see();
    return this.#view.list(table, options);
  }

  scan(after: { tid: number; id: string } | null, limit: number): ReturnType<ReadView["scan"]> {
    this.#see();
    return this.#view.scan(after, limit);
  }

  count(table?: string): number {
    this.#see();
    return this.#view.count(table);
  }

  catalog(): CatalogSnapshot {
    this.#see();
    return this.#parts.catalog();
  }

  put(table: string, id: string, body: string | Buffer, options: { kind?: Kind; expiresAt?: number } = {}): Version {
    checkAddress(table, id);
    const { kind, text, object } = this.#shape(table, id, body, options.kind);
    const expiresAt = options.expiresAt ?? 0;
    const size =
      typeof text === "string"
        ? text.length * 3 > this.#parts.limits.documentBytes
          ? Buffer.byteLength(text)
          : text.length
        : text.length;
    if (size > this.#parts.limits.documentBytes) {
      throw new ChronError(
        "LIMIT_EXCEEDED",
        `The document ${joinKey(table, id)} is ${size} bytes; one document may have ${this.#parts.limits.documentBytes} (limit documentBytes).`,
        { limit: "documentBytes" },
      );
    }
    this.bytes += size + 64;
    const effect: ScannedPut = { op: "put", table, id, kind, body: text, expiresAt, ...(object === null ? {} : { object }) };
    this.#take(effect);
    return { table, id, kind, body: text, expiresAt, from: this.sequence, to: null };
  }

  delete(table: string, id: string): boolean {
    this.#see();
    const version = this.#parts.state.get(table, id);
    if (version === undefined) return false;
    const live = isLive(version.expiresAt, this.nowMs);
    const effect: DeleteEffect = { op: "delete", table, id };
    this.#take(effect);
    return live;
  }

  define(definition: TableDefinition): void {
    if (!isTableName(definition.table)) throw invalidTable(definition.table);
    const effect: DefineEffect = { op: "define", table: definition.table, definition };
    this.#take(effect);
  }

  drop(table: string): void {
    if (!this.catalog().tables.has(table)) throw new ChronError("UNKNOWN_TABLE", `table "${table}" does not exist`);
    this.#take({ op: "define", table, definition: null });
  }

  flag(flag: string): void {
    if (!this.flags.includes(flag)) this.flags.push(flag);
  }

  /** Ends the closure: applies what is pending. Throws as an effect does. */
  finish(): void {
    this.#open = false;
    const pending = this.#pending;
    this.#pending = null;
    if (pending !== null) this.#apply(pending);
    if (this.#savepoint) this.#parts.state.release();
  }

  /** Undoes everything the closure did. */
  abandon(): void {
    this.#open = false;
    this.#pending = null;
    if (this.#savepoint) this.#parts.state.rollbackToSavepoint();
  }

  /** What goes into the record: of several changes of one document in one transaction only the last is an effect. */
  settled(): readonly Effect[] {
    if (this.effects.length < 2 || this.effects.some((effect) => effect.op === "define")) return this.effects;
    const last = new Map<string, Effect>();
    for (const effect of this.effects) {
      if (effect.op !== "put" && effect.op !== "delete") continue;
      const key = `${effect.table}\u0000${effect.id}`;
      last.delete(key);
      last.set(key, effect);
    }
    return last.size === this.effects.length ? this.effects : [...last.values()];
  }

  #take(effect: Effect): void {
    if (!this.#open) throw new ChronError("INTERNAL", "A write was used after its turn had ended.");
    if (this.effects.length >= this.#parts.limits.transactionEffects) {
      throw new ChronError(
        "LIMIT_EXCEEDED",
        `One transaction may change ${this.#parts.limits.transactionEffects} documents (limit transactionEffects); split it.`,
        { limit: "transactionEffects" },
      );
    }
    if (this.bytes > this.#parts.limits.recordBytes) {
      throw new ChronError(
        "LIMIT_EXCEEDED",
        `One transaction may write ${this.#parts.limits.recordBytes} bytes (limit recordBytes); split it.`,
        {
          limit: "recordBytes",
        },
      );
    }
    const first = this.effects.length === 0;
    this.effects.push(effect);
    if (first) this.#pending = effect;
    else {
      this.#see();
      this.#apply(effect);
    }
  }

  /** Makes what was decided so far visible to reads of this transaction. */
  #see(): void {
    const pending = this.#pending;
    if (pending === null) return;
    this.#pending = null;
    this.#parts.state.savepoint();
    this.#savepoint = true;
    this.#apply(pending);
  }

  #apply(effect: Effect): void {
    try {
      this.#parts.state.apply(this.sequence, [effect]);
    } catch (thrown) {
      if (!(thrown instanceof UniqueConflict)) throw thrown;
      // The closure may catch this and go on (a SQL savepoint, a Redis MULTI), so the effect must not stay in the record.
      this.effects.splice(this.effects.lastIndexOf(effect), 1);
      throw new ChronError("UNIQUE_VIOLATION", thrown.message, {
        table: thrown.table,
        constraint: thrown.constraint,
        detail: `Key (${thrown.columns.join(", ")})=(${thrown.values.join(", ")}) already exists.`,
      });
    }
  }

  #shape(
    table: string,
    id: string,
    body: string | Buffer,
    asked: Kind | undefined,
  ): { kind: Kind; text: string | Buffer; object: JsonObject | null } {
    const definition = this.#parts.definition(table);
    if (typeof body !== "string") {
      if (definition !== null) throw notADocument(definition);
      return { kind: KIND.string, text: body, object: null };
    }
    if (asked === KIND.string && definition === null) return { kind: KIND.string, text: body, object: null };
    const classified =
      asked === KIND.hash ? { kind: KIND.hash, object: scanObject(body, this.#parts.limits.jsonDepth) } : classifyText(body);
    if (classified.kind === KIND.hash && classified.object === null) {
      throw new ChronError("INVALID_DOCUMENT", `The hash ${joinKey(table, id)} is not a JSON object.`);
    }
    if (definition === null) return { kind: classified.kind, text: body, object: classified.object };
    if (classified.kind === KIND.string) throw notADocument(definition);
    const text = this.#parts.rules.conform(definition, id, body, { micros: this.time });
    return { kind: classified.kind, text, object: text === body ? classified.object : scanObject(text) };
  }
}

function notADocument(definition: TableDefinition): ChronError {
  return new ChronError(
    "INVALID_DOCUMENT",
    `Table "${definition.table}" was declared with columns, so only JSON objects with those columns can be stored in it.`,
  );
}

function invalidTable(table: string): ChronError {
  return new ChronError(
    "INVALID_TABLE",
    `${JSON.stringify(table)} is no table name: 1 to 63 bytes of text without a colon, a control character or a leading underscore.`,
  );
}

function checkAddress(table: string, id: string): void {
  if (!isTableName(table)) throw invalidTable(table);
  if (id.length === 0) throw new ChronError("INVALID_ID", "The id is empty; an id is 1 to 1,024 bytes.");
  checkIdLength(id);
  // Table `default` holds only keys that are not `table:id`, so that a key names one document.
  if (table === "default" && splitKey(id).table !== "default") {
    throw new ChronError(
      "INVALID_ID",
      `The key ${JSON.stringify(id)} belongs to table "${splitKey(id).table}", not to table "default".`,
    );
  }
}

/** Parses a document's text as a door received it. Throws INVALID_JSON with the reason and place. */
export function parseDocument(text: string, limits: Limits): JsonObject {
  try {
    return parseObject(text, limits.jsonDepth);
  } catch (thrown) {
    if (thrown instanceof JsonProblem) throw new ChronError("INVALID_JSON", `Invalid JSON: ${thrown.message}.`, thrown.details);
    throw thrown;
  }
}
