// Printed text on connections: printed once for each set of tables a transaction changed, prepared once for each connection.
import type { Database, Statement } from "better-sqlite3";
import type { StateReader, TableInfo, Version } from "../../state/store.ts";
import type { Expression } from "../check/tree.ts";
import { fail } from "../errors.ts";
import type { Bind } from "../print/binds.ts";
import { type Printed, Printer } from "../print/printer.ts";
import { OID, type Raw, typeByOid } from "../types/index.ts";
import { instantText } from "../types/moment.ts";
import type { StatementRun } from "./contract.ts";
import type { Overlay } from "./overlay.ts";
import { bindable } from "./values.ts";

/** What binds are filled from. */
export interface BindValues {
  readonly run: StatementRun;
  readonly parameters: readonly Raw[];
  readonly parameterOids: readonly number[];
  /** Milliseconds: what expired by then is gone. */
  readonly nowMs: number;
  readonly overlay: Overlay | null;
  /** Rows handed over, by name. */
  readonly given?: Readonly<Record<string, Version>>;
  readonly carried?: readonly Raw[];
  /** JSON of row sources, in their order. */
  readonly rowSources?: readonly string[];
}

function overlayJson(overlay: Overlay | null, table: string): string {
  const rows = overlay?.rows(table) ?? [];
  return JSON.stringify(
    rows.map(({ id, version }) => (version === undefined ? [id] : [id, version.kind, version.expiresAt, String(version.body)])),
  );
}

function givenPart(version: Version | undefined, part: "id" | "from" | "kind" | "expires" | "body"): Raw {
  if (version === undefined) return null;
  switch (part) {
    case "id":
      return version.id;
    case "from":
      return BigInt(version.from);
    case "kind":
      return BigInt(version.kind);
    case "expires":
      return BigInt(version.expiresAt);
    case "body":
      return version.body;
  }
}

export function bindValue(bind: Bind, values: BindValues): Raw {
  switch (bind.kind) {
    case "parameter":
      return bindable(values.parameters[bind.number - 1] ?? null, typeByOid(values.parameterOids[bind.number - 1] ?? OID.text));
    case "expiry":
      return values.nowMs;
    case "constant":
      return bind.value;
    case "supplied": {
      if (bind.name === "now") return instantText(BigInt(values.run.context.style.now));
      return bind.name === "user" ? values.run.facts.user : values.run.facts.database;
    }
    case "overlay":
      return overlayJson(values.overlay, bind.table);
    case "given":
      return givenPart(values.given?.[bind.row], bind.part);
    case "carried": {
      const value = values.carried?.[bind.index] ?? null;
      return value;
    }
    case "returned":
      return values.run.returned?.get(bind.name) ?? fail("58000", "internal error: rows of a statement in WITH are missing");
    case "rows":
      return values.rowSources?.[bind.index] ?? fail("58000", "internal error: rows of a source are missing");
  }
}

/** One way a statement's text is printed. */
export interface Variant {
  readonly printed: Printed;
  readonly statements: WeakMap<Database, Statement<unknown[], Raw[]>>;
}

/** Prints a statement's text as needed and keeps it. */
export class Text {
  readonly #tables: readonly TableInfo[];
  readonly #print: (printer: Printer) => string;
  readonly #carried: ReadonlyMap<Expression, number> | undefined;
  readonly #variants = new Map<string, Variant>();
  #plain: Variant | null = null;

  /** `tables`: those it reads from storage. */
  constructor(tables: readonly TableInfo[], print: (printer: Printer) => string, carried?: ReadonlyMap<Expression, number>) {
    this.#tables = tables;
    this.#print = print;
    this.#carried = carried;
  }

  variant(state: Pick<StateReader, "relation">, overlay: Overlay | null): Variant {
    const touched = overlay === null ? [] : this.#tables.filter((table) => overlay.touches(table.name));
    if (touched.length === 0) {
      this.#plain ??= this.#make(state, new Set(), new Set());
      return this.#plain;
    }
    const replaced = new Set(touched.filter((table) => overlay?.replaces(table.name)).map((table) => table.name));
    const key = touched.map((table) => `${table.name}${replaced.has(table.name) ? "!" : ""}`).join("\u0000");
    let variant = this.#variants.get(key);
    if (variant === undefined) {
      variant = this.#make(state, new Set(touched.map((table) => table.name)), replaced);
      this.#variants.set(key, variant);
    }
    return variant;
  }

  #make(state: Pick<StateReader, "relation">, overlaid: ReadonlySet<string>, replaced: ReadonlySet<string>): Variant {
    const printer = new Printer({
      relation: (table) => (replaced.has(table.name) ? null : state.relation(table)),
      overlaid,
      ...(this.#carried === undefined ? {} : { carried: this.#carried }),
    });
    return { printed: printer.finish(this.#print(printer)), statements: new WeakMap() };
  }
}

type Prepared = Statement<unknown[], Raw[]>;

/** Statements by their text: literals are bound, so statements that differ in nothing else share one. */
const byText = new WeakMap<Database, Map<string, Prepared>>();
const TEXTS_KEPT = 500;

export function statementOn(variant: Variant, database: Database): Prepared {
  let statement = variant.statements.get(database);
  if (statement === undefined) {
    statement = statementOf(variant.printed.sql, database);
    variant.statements.set(database, statement);
  }
  return statement;
}

function statementOf(sql: string, database: Database): Prepared {
  let known = byText.get(database);
  if (known === undefined) {
    known = new Map();
    byText.set(database, known);
  }
  let statement = known.get(sql);
  if (statement === undefined) {
    if (known.size >= TEXTS_KEPT) known.clear();
    statement = database.prepare<unknown[], Raw[]>(sql).raw().safeIntegers();
    known.set(sql, statement);
  }
  return statement;
}

export function bindAll(variant: Variant, values: BindValues): Raw[] {
  const { binds } = variant.printed;
  const bound = new Array<Raw>(binds.length);
  for (let at = 0; at < binds.length; at++) {
    const bind = binds[at];
    if (bind !== undefined) bound[at] = bindValue(bind, values);
  }
  return bound;
}
