// The tree of `refs/notes/chrondb`: a commit's note lies under the commit's name, fanned out twice (ab/cd/…36 digits) as git
// does by itself when there are many.
import type { ObjectId } from "./objects.ts";
import { type Shape, Tree, type TreeHost } from "./tree.ts";

function noChild(name: string): never {
  throw new RangeError(`a tree of notes has no subtree ${name}`);
}

const NOTES: Shape = { entries: "files", nameLength: 36, child: noChild };
const FAN_CD: Shape = { entries: "directories", nameLength: 2, child: () => NOTES };
const FAN_AB: Shape = { entries: "directories", nameLength: 2, child: () => FAN_CD };

export class NotesTree {
  readonly #host: TreeHost;
  readonly root: Tree;

  constructor(host: TreeHost, id: ObjectId | null) {
    this.#host = host;
    this.root = id === null ? new Tree(FAN_AB) : new Tree(FAN_AB, host.load(id), id);
  }

  set(commit: ObjectId, note: ObjectId): void {
    const ab = this.root.child(commit.slice(0, 2), this.#host);
    ab.child(commit.slice(2, 4), this.#host).set(commit.slice(4), note);
    ab.markDirty(commit.slice(2, 4));
    this.root.markDirty(commit.slice(0, 2));
  }

  get(commit: ObjectId): ObjectId | undefined {
    const ab = this.root.existing(commit.slice(0, 2), this.#host);
    return ab?.existing(commit.slice(2, 4), this.#host)?.get(commit.slice(4));
  }

  write(): ObjectId {
    return this.root.write(this.#host);
  }
}
