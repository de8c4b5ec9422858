// Plans by statement text and parameter types, shared by the sessions of the server, least recently used first out.
import type { ReadView } from "../core/contract.ts";
import type { Plan, PlanContext, PlanStatement } from "./execute/contract.ts";
import type { Parsed } from "./parse/parser.ts";
import type { CatalogRelations } from "./relations.ts";

interface Known {
  readonly parsed: Parsed;
  readonly plan: Plan;
}

export class PlanCache {
  readonly #known = new Map<string, Known>();
  /** Texts that could not be planned, and the catalogue they were tried on. */
  readonly #refused = new Map<string, ReturnType<ReadView["catalog"]>>();
  readonly #maximum: number;
  readonly #planStatement: PlanStatement;
  readonly #relations: CatalogRelations;

  constructor(maximum: number, planStatement: PlanStatement, relations: CatalogRelations) {
    this.#maximum = maximum;
    this.#planStatement = planStatement;
    this.#relations = relations;
  }

  /** A plan that still holds; undefined = make one. */
  get(tenant: string, text: string, oids: readonly number[], catalog: ReturnType<ReadView["catalog"]>): Known | undefined {
    const key = keyOf(tenant, text, oids);
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    this.#known.delete(key);
    if (!known.plan.isCurrent(catalog)) return undefined;
    this.#known.set(key, known);
    return known;
  }

  make(parsed: Parsed, around: Omit<PlanContext, "relations">, oids: readonly number[]): Plan {
    return this.#planStatement(parsed, { ...around, relations: this.#relations }, oids);
  }

  put(tenant: string, parsed: Parsed, oids: readonly number[], plan: Plan): void {
    const key = keyOf(tenant, parsed.text, oids);
    this.#known.delete(key);
    this.#known.set(key, { parsed, plan });
    if (this.#known.size <= this.#maximum) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  /** Remembers that a text has no plan on this catalogue. */
  refuse(tenant: string, text: string, oids: readonly number[], catalog: ReturnType<ReadView["catalog"]>): void {
    if (this.#refused.size >= this.#maximum) this.#refused.clear();
    this.#refused.set(keyOf(tenant, text, oids), catalog);
  }

  isRefused(tenant: string, text: string, oids: readonly number[], catalog: ReturnType<ReadView["catalog"]>): boolean {
    return this.#refused.get(keyOf(tenant, text, oids)) === catalog;
  }
}

function keyOf(tenant: string, text: string, oids: readonly number[]): string {
  return `${tenant}\u0000${oids.join(",")}\u0000${text}`;
}
