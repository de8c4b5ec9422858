// From batches of entries to objects of the pack under construction: blobs, trees, one commit and one note an entry, one
// commit of notes a batch.
import crypto from "node:crypto";
import type { Effect, EntryHead, PutEffect } from "../log/entry.ts";
import { entryCommit, identity, notesCommit, type Signature } from "./commit-text.ts";
import { DocumentTree } from "./document-tree.ts";
import { type DocumentEffect, isDocumentEffect, type Versioned } from "./effects.ts";
import { type Place, pathOf, placeOf } from "./layout.ts";
import { type EffectsRecord, idsSuffice, noteText, type OtherEffect } from "./note.ts";
import { NotesTree } from "./notes-tree.ts";
import { HEAD_ROOM, hashContent, type ObjectId, PACK_TYPE, Scratch } from "./objects.ts";
import { encodeOrder } from "./order.ts";
import { definitionText } from "./schema-text.ts";
import { sidecarText } from "./sidecar.ts";
import { TextChain } from "./text-chain.ts";
import type { TreeHost } from "./tree.ts";

/** The commits a builder goes on from; null in a new repository. */
export interface Tips {
  readonly head: { readonly commit: ObjectId; readonly tree: ObjectId } | null;
  readonly notes: { readonly commit: ObjectId; readonly tree: ObjectId } | null;
}

/** Longer documents compress well by themselves. Characters. */
const CHAINED_BODY = 2_048;
/** Tables whose last document is kept for comparing. */
const BODY_CHAINS = 64;

export type VersionedEntry = Versioned<EntryHead>;

export class Builder {
  readonly #host: TreeHost;
  readonly #who: string;
  readonly #documents: DocumentTree;
  readonly #notes: NotesTree;
  readonly #scratch = new Scratch();
  readonly #commitChain = new TextChain("commit", "\n");
  /** By table, whose documents mostly have the same members. */
  readonly #bodyChains = new Map<string, TextChain>();
  readonly #noteChain = new TextChain("blob", ',"');
  #head: ObjectId | null;
  #notesHead: ObjectId | null;
  #commits: { sequence: number; commit: ObjectId }[] = [];

  constructor(host: TreeHost, signature: Signature, tips: Tips) {
    this.#host = host;
    this.#who = identity(signature);
    this.#documents = new DocumentTree(host, tips.head?.tree ?? null);
    this.#notes = new NotesTree(host, tips.notes?.tree ?? null);
    this.#head = tips.head?.commit ?? null;
    this.#notesHead = tips.notes?.commit ?? null;
  }

  get documents(): DocumentTree {
    return this.#documents;
  }

  get head(): ObjectId | null {
    return this.#head;
  }

  get notesHead(): ObjectId | null {
    return this.#notesHead;
  }

  /** Commits made since `taken` was last called. */
  get commits(): readonly { readonly sequence: number; readonly commit: ObjectId }[] {
    return this.#commits;
  }

  /** Says that the commits so far are published. */
  taken(): void {
    this.#commits = [];
  }

  /** Drops trees that are in packs up to `generation`, which can be read, until all take at most three quarters of `bytes`. */
  evict(bytes: number, generation: number): void {
    const host = this.#host;
    if (host.resident <= bytes) return;
    const ages = new Map<number, number>();
    this.#documents.root.residentByAge(ages);
    this.#notes.root.residentByAge(ages);
    let excess = host.resident - bytes * 0.75;
    let before = 0;
    for (const age of [...ages.keys()].sort((a, b) => a - b)) {
      if (excess <= 0 || age > generation) break;
      excess -= ages.get(age) ?? 0;
      before = age + 1;
    }
    this.#documents.root.evict(before, host);
    this.#notes.root.evict(before, host);
  }

  /** Builds a sealed batch: in full, or (when it throws) leaving a pack that must be thrown away. */
  build(batch: readonly VersionedEntry[]): void {
    const notes: [commit: ObjectId, note: ObjectId][] = [];
    for (const entry of batch) {
      const record = this.#apply(entry.effects);
      const tree = this.#documents.write();
      const text = noteText(entry.head, entry.effects, record);
      const note = this.#noteChain.write(this.#host.pack, this.#scratch, text);
      const noteHash = crypto.hash("sha256", text, "hex");
      const commit = this.#commit(entryCommit(entry.head, tree, this.#head, this.#who, noteHash));
      this.#head = commit;
      this.#commits.push({ sequence: entry.head.sequence, commit });
      notes.push([commit, note]);
    }
    const first = batch[0];
    const last = batch.at(-1);
    if (first === undefined || last === undefined || this.#head === null) return;
    for (const [commit, note] of notes) this.#notes.set(commit, note);
    const tree = this.#notes.write();
    this.#notesHead = this.#commit(notesCommit(tree, this.#notesHead, this.#who, first.head.sequence, last.head, this.#head));
  }

  #body(effect: PutEffect): ObjectId {
    const { body, table } = effect;
    if (typeof body !== "string" || body.length > CHAINED_BODY) return this.#blob(body);
    let chain = this.#bodyChains.get(table);
    if (chain === undefined) {
      if (this.#bodyChains.size >= BODY_CHAINS) this.#bodyChains.clear();
      chain = new TextChain("blob", ',"');
      this.#bodyChains.set(table, chain);
    }
    return chain.write(this.#host.pack, this.#scratch, body);
  }

  #blob(body: string | Buffer): ObjectId {
    if (typeof body === "string") this.#scratch.text(body);
    else this.#scratch.bytes(body);
    const id = this.#scratch.hash("blob");
    const { pack } = this.#host;
    if (pack.find(id) < 0) pack.add(PACK_TYPE.blob, this.#scratch.buffer, HEAD_ROOM, this.#scratch.length, id);
    return id;
  }

  #commit(text: string): ObjectId {
    return this.#commitChain.write(this.#host.pack, this.#scratch, text);
  }

  /** Makes the effects in the tree; answers what a diff will not tell of them, where anything. */
  #apply(effects: readonly Effect[]): EffectsRecord | null {
    if (idsSuffice(effects)) {
      for (const effect of effects) if (isDocumentEffect(effect)) this.#change(effect, placeOf(effect.table, effect.id));
      return null;
    }
    const documents = effects.filter(isDocumentEffect).map((effect) => ({ effect, place: placeOf(effect.table, effect.id) }));
    const dropped = new Set<string>();
    for (const effect of effects) if (effect.op === "define" && effect.definition === null) dropped.add(effect.table);
    // Compared with the parent's tree, before anything of this entry is in it: that is what a diff compares.
    const seen = documents.map(({ effect, place }) => this.#shows(effect, place, dropped));
    const others: OtherEffect[] = [];
    let next = 0;
    for (const effect of effects) {
      if (isDocumentEffect(effect)) this.#change(effect, (documents[next++] as (typeof documents)[number]).place);
      else if (effect.op === "branch") others.push({ op: "branch", name: effect.name, head: effect.head });
      else {
        if (effect.definition === null || effect.definition.unversioned) this.#documents.clear(effect.table);
        const definition = effect.definition === null ? null : this.#blob(definitionText(effect.definition));
        this.#documents.define(effect.table, definition);
        others.push({ op: effect.definition === null ? "drop" : "define", table: effect.table });
      }
    }
    return recordOf(effects, documents, seen, others);
  }

  #change(effect: DocumentEffect, place: Place): void {
    if (effect.op === "delete") {
      this.#documents.delete(place);
      return;
    }
    const sidecar = sidecarText(effect, place.long);
    const body = this.#body(effect);
    this.#documents.put(place, body, sidecar === null ? null : this.#blob(sidecar));
  }

  /** Whether a diff against the parent shows this effect. */
  #shows(effect: DocumentEffect, place: Place, dropped: ReadonlySet<string>): boolean {
    const before = this.#documents.get(place);
    // Of a dropped table a diff shows every document gone, so one that was deleted by itself must be named.
    if (effect.op === "delete") return before.body !== undefined && !dropped.has(effect.table);
    if (before.body === undefined) return true;
    const sidecar = sidecarText(effect, place.long);
    const bytes = typeof effect.body === "string" ? Buffer.from(effect.body, "utf8") : effect.body;
    if (before.body !== hashContent("blob", bytes)) return true;
    return before.sidecar !== (sidecar === null ? undefined : hashContent("blob", Buffer.from(sidecar, "utf8")));
  }
}

function recordOf(
  effects: readonly Effect[],
  documents: readonly { effect: DocumentEffect; place: Place }[],
  seen: readonly boolean[],
  others: readonly OtherEffect[],
): EffectsRecord {
  const shown: { at: number; path: string }[] = [];
  const hidden: number[] = [];
  documents.forEach(({ place }, at) => {
    if (seen[at]) shown.push({ at, path: pathOf(place) });
    else hidden.push(at);
  });
  shown.sort((a, b) => (a.path < b.path ? -1 : 1));
  // Numbers of the canonical list, by document and by other effect.
  const numbers = new Array<number>(documents.length);
  shown.forEach(({ at }, number) => {
    numbers[at] = number;
  });
  hidden.forEach((at, i) => {
    numbers[at] = shown.length + i;
  });
  let document = 0;
  let other = documents.length;
  const order = encodeOrder(effects.map((effect) => (isDocumentEffect(effect) ? (numbers[document++] as number) : other++)));
  const unchanged = hidden.map((at): [string, string] => {
    const { effect } = documents[at] as (typeof documents)[number];
    return [effect.table, effect.id];
  });
  return {
    ...(unchanged.length > 0 ? { unchanged } : {}),
    ...(others.length > 0 ? { others } : {}),
    ...(order ?? {}),
  };
}
