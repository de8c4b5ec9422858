// The tree of documents: where each effect goes (layout.ts) and what the commit's tree is called afterwards.
import { BODY, encodeName, type Place, SCHEMA_DIRECTORY, SIDECAR, schemaName } from "./layout.ts";
import type { ObjectId } from "./objects.ts";
import { type Shape, Tree, type TreeHost } from "./tree.ts";

function noChild(name: string): never {
  throw new RangeError(`a tree of files has no subtree ${name}`);
}

const FILES: Shape = { entries: "files", nameLength: 0, child: noChild };
const FAN_CD: Shape = { entries: "directories", nameLength: 2, child: () => FILES };
const FAN_AB: Shape = { entries: "directories", nameLength: 2, child: () => FAN_CD };
const ROOT: Shape = { entries: "directories", nameLength: 0, child: (name) => (name === SCHEMA_DIRECTORY ? FILES : FAN_AB) };

export class DocumentTree {
  readonly #host: TreeHost;
  readonly root: Tree;

  constructor(host: TreeHost, id: ObjectId | null) {
    this.#host = host;
    this.root = id === null ? new Tree(ROOT) : new Tree(ROOT, host.load(id), id);
  }

  put(place: Place, body: ObjectId, sidecar: ObjectId | null): void {
    const host = this.#host;
    const table = this.root.child(place.table, host);
    const ab = table.child(place.ab, host);
    const leaf = ab.child(place.cd, host);
    let changed = leaf.set(place.name + BODY, body);
    if (sidecar !== null) changed = leaf.set(place.name + SIDECAR, sidecar) || changed;
    else changed = leaf.remove(place.name + SIDECAR, host) || changed;
    if (!changed) return;
    ab.markDirty(place.cd);
    table.markDirty(place.ab);
    this.root.markDirty(place.table);
  }

  /** What is stored at a place: names of its objects. */
  get(place: Place): { readonly body: ObjectId | undefined; readonly sidecar: ObjectId | undefined } {
    const host = this.#host;
    const leaf = this.root.existing(place.table, host)?.existing(place.ab, host)?.existing(place.cd, host);
    return { body: leaf?.get(place.name + BODY), sidecar: leaf?.get(place.name + SIDECAR) };
  }

  delete(place: Place): void {
    const host = this.#host;
    const table = this.root.existing(place.table, host);
    const ab = table?.existing(place.ab, host);
    const leaf = ab?.existing(place.cd, host);
    if (table === undefined || ab === undefined || leaf === undefined) return;
    const had = leaf.remove(place.name + BODY, host);
    if (!leaf.remove(place.name + SIDECAR, host) && !had) return;
    ab.markDirty(place.cd);
    table.markDirty(place.ab);
    this.root.markDirty(place.table);
  }

  /** Sets or (null) removes a table's definition. */
  define(table: string, definition: ObjectId | null): void {
    const schema = this.root.child(SCHEMA_DIRECTORY, this.#host);
    if (definition === null) schema.remove(schemaName(table), this.#host);
    else schema.set(schemaName(table), definition);
    this.root.markDirty(SCHEMA_DIRECTORY);
  }

  /** Removes a table's documents. */
  clear(table: string): void {
    this.root.remove(encodeName(table), this.#host);
  }

  definitions(): { name: string; id: ObjectId }[] {
    return [...(this.root.existing(SCHEMA_DIRECTORY, this.#host)?.entries() ?? [])];
  }

  write(): ObjectId {
    return this.root.write(this.#host);
  }
}
