// What one check of one statement carries along: the catalogue it reads, what it has learned, and names it hands out.
import type { Node } from "libpg-query";
import type { CatalogSnapshot, TableInfo } from "../../state/store.ts";
import type { SqlFunction } from "../functions/define.ts";
import type { CatalogRelations } from "../relations.ts";
import { findType } from "../types/index.ts";
import type { Scope } from "./scope.ts";
import type { Cte, FetchedFunction, Parameters, Query } from "./tree.ts";

export interface Surroundings {
  readonly catalog: CatalogSnapshot;
  readonly relations: CatalogRelations;
  readonly database: string;
  /** Functions of FROM whose rows must be waited for. */
  readonly fetched: ReadonlyMap<string, FetchedFunction>;
  readonly fieldColumns: number;
}

export class Checker {
  readonly around: Surroundings;
  readonly parameters: Parameters;
  /** Tables the statement reads or writes, as they were when checked: a plan lives as long as they are the same objects. */
  readonly tables = new Map<string, TableInfo | undefined>();
  /** Whether a function needs the catalogue or settings, or changes the session, or differs from call to call. */
  usesCatalog = false;
  changesSession = false;
  volatile = false;
  /** May produce more rows than the tables it reads: recursion, series. */
  unbounded = false;
  /** Checks a statement in WITH; what it found is kept by whoever supplied this. Null where there is no place for one. */
  modify: ((statement: Node, cte: Omit<Cte, "query">, scope: Scope) => Query | null) | null = null;
  /** Anything that may run long: then it is no work for the main thread. */
  heavy = false;
  #aliases = 0;

  constructor(around: Surroundings, parameters: Parameters) {
    this.around = around;
    this.parameters = parameters;
  }

  alias(prefix: string): string {
    return `${prefix}${++this.#aliases}`;
  }

  findTable(name: string): TableInfo | undefined {
    const table = this.around.catalog.tables.get(name);
    this.tables.set(name, table);
    return table;
  }

  /** Runs a check and says whether it met a volatile function. */
  watch<T>(check: () => T): { result: T; volatile: boolean } {
    const before = this.volatile;
    this.volatile = false;
    const result = check();
    const { volatile } = this;
    this.volatile = before || volatile;
    return { result, volatile };
  }

  noteFunction(fn: SqlFunction): void {
    // Arguments of regclass and its kin are names that only the catalogue knows.
    if (fn.catalog || [...fn.args, fn.returns].some((oid) => findType(oid)?.name.startsWith("reg"))) this.usesCatalog = true;
    if (fn.session) this.changesSession = true;
    if (fn.volatility === "volatile") this.volatile = true;
  }
}
