// What an entry leaves behind: its effects without those that later effects of the same entry undo, which nobody could ever
// have read. Git keeps only this, so it is also what reading a clone gives back.
import type { DefineEffect, DeleteEffect, Effect, PutEffect } from "../log/entry.ts";

export type DocumentEffect = PutEffect | DeleteEffect;

export function isDocumentEffect(effect: Effect): effect is DocumentEffect {
  return effect.op === "put" || effect.op === "delete";
}

/** The net effects in order: the last one on each document, the last definition after a drop, every branch move. */
export function netEffects(effects: readonly Effect[]): readonly Effect[] {
  if (effects.length < 2) return effects;
  const net = new Map<string, Effect>();
  let moves = 0;
  for (const effect of effects) {
    switch (effect.op) {
      case "put":
      case "delete":
        settle(net, `d${JSON.stringify(effect.table)}${effect.id}`, effect);
        break;
      case "define":
        if (effect.definition === null) forgetTable(net, effect.table);
        settle(net, `${effect.definition === null ? "x" : "t"}${effect.table}`, effect);
        break;
      case "branch":
        net.set(`b${moves++}`, effect);
        break;
    }
  }
  return net.size === effects.length ? effects : [...net.values()];
}

function settle(net: Map<string, Effect>, key: string, effect: Effect): void {
  net.delete(key);
  net.set(key, effect);
}

/** A drop undoes what the same entry did to the table before. */
function forgetTable(net: Map<string, Effect>, table: string): void {
  for (const [key, effect] of net) if (effect.op !== "branch" && effect.table === table) net.delete(key);
}

/** Tables whose documents never go to git, as the log says up to the entry last shown. */
export class UnversionedTables {
  readonly #names: Set<string>;

  constructor(names: Iterable<string> = []) {
    this.#names = new Set(names);
  }

  has(table: string): boolean {
    return this.#names.size > 0 && this.#names.has(table);
  }

  define(effect: DefineEffect): void {
    if (effect.definition?.unversioned === true) this.#names.add(effect.table);
    else this.#names.delete(effect.table);
  }

  /**
   * The net effects of an entry that belong into git; null when there were effects and none does, so that the entry makes no
   * commit at all. (An entry without effects, like the one that initialises a tenant, does make one.)
   */
  versioned(effects: readonly Effect[]): readonly Effect[] | null {
    const net = netEffects(effects);
    let kept: Effect[] | null = null;
    for (let i = 0; i < net.length; i++) {
      const effect = net[i] as Effect;
      if (effect.op === "define") this.define(effect);
      const leaves = isDocumentEffect(effect) && this.has(effect.table);
      if (leaves && kept === null) kept = net.slice(0, i);
      else if (!leaves && kept !== null) kept.push(effect);
    }
    if (kept === null) return net;
    return kept.length === 0 ? null : kept;
  }
}

/** An entry cut down to what git gets of it. */
export interface Versioned<Head> {
  readonly head: Head;
  readonly effects: readonly Effect[];
  /** Bytes of the documents' bodies, about. */
  readonly bytes: number;
}

export function bodyBytes(effects: readonly Effect[]): number {
  let bytes = 0;
  for (const effect of effects) if (effect.op === "put") bytes += effect.body.length;
  return bytes;
}
