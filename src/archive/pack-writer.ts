// Which objects the pack under construction holds: each once, by name, with the depth of its chain of deltas. Their bytes go to
// a sink (pack-body.ts says what they look like there). Deltas are always against an earlier object of the same pack.
import { assert } from "../base/assert.ts";
import { idInto, type ObjectId, PACK_TYPE } from "./objects.ts";
import type { PackSink } from "./pack-body.ts";

/** A chain of deltas longer than this makes reading an object slow. Git's own default. */
export const DEPTH_MAXIMUM = 50;
const FIRST_OBJECTS = 1 << 16;

function firstSlot(names: Uint8Array, at: number, mask: number): number {
  const low = (names[at] as number) | ((names[at + 1] as number) << 8);
  return (low | ((names[at + 2] as number) << 16) | ((names[at + 3] as number) << 24)) & mask;
}

export class PackWriter {
  /** Grows with every pack, so that a tree knows whether its last version lies in this one. */
  generation = 1;
  readonly #sink: PackSink;
  #count = 0;
  #names = Buffer.allocUnsafeSlow(FIRST_OBJECTS * 20);
  #depths = new Uint8Array(FIRST_OBJECTS);
  /** Open addressing by the first bytes of the name: object number + 1. */
  #slots = new Uint32Array(FIRST_OBJECTS * 4);
  /** The name last looked for, which is mostly the one added next. */
  readonly #wanted = Buffer.alloc(20);
  #wantedId: ObjectId = "";

  constructor(sink: PackSink) {
    this.#sink = sink;
  }

  get objects(): number {
    return this.#count;
  }

  /** Bytes of the pack so far, about. */
  get length(): number {
    return this.#sink.length;
  }

  /** Number of the object in this pack; -1 when it is not in it. */
  find(id: ObjectId): number {
    const wanted = this.#wanted;
    const names = this.#names;
    const slots = this.#slots;
    idInto(id, wanted, 0);
    this.#wantedId = id;
    const mask = slots.length - 1;
    for (let slot = firstSlot(wanted, 0, mask); ; slot = (slot + 1) & mask) {
      const object = (slots[slot] as number) - 1;
      if (object < 0) return -1;
      let same = 0;
      while (same < 20 && names[object * 20 + same] === wanted[same]) same++;
      if (same === 20) return object;
    }
  }

  depthOf(object: number): number {
    return this.#depths[object] as number;
  }

  /** Adds an object that is not in the pack yet; answers its number. */
  add(type: number, source: Buffer, start: number, length: number, id: ObjectId): number {
    this.#sink.append(type, source, start, length, -1);
    return this.#enter(id, 0);
  }

  /** Adds an object as a delta against object `base` of this pack. */
  addDelta(delta: Buffer, start: number, length: number, id: ObjectId, base: number): number {
    this.#sink.append(PACK_TYPE.offsetDelta, delta, start, length, base);
    return this.#enter(id, (this.#depths[base] as number) + 1);
  }

  #enter(id: ObjectId, depth: number): number {
    if (this.#count === this.#depths.length) this.#grow();
    const object = this.#count++;
    if (id === this.#wantedId) this.#names.set(this.#wanted, object * 20);
    else idInto(id, this.#names, object * 20);
    this.#depths[object] = depth;
    this.#remember(object);
    return object;
  }

  #remember(object: number): void {
    const mask = this.#slots.length - 1;
    let slot = firstSlot(this.#names, object * 20, mask);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = object + 1;
  }

  #grow(): void {
    const capacity = this.#depths.length * 2;
    const names = Buffer.allocUnsafeSlow(capacity * 20);
    this.#names.copy(names);
    this.#names = names;
    const depths = new Uint8Array(capacity);
    depths.set(this.#depths);
    this.#depths = depths;
    this.#slots = new Uint32Array(capacity * 4);
    for (let i = 0; i < this.#count; i++) this.#remember(i);
  }

  /** Ends the pack and starts the next one. `take` gets the objects' names, 20 bytes each, good until it returns. */
  cut<Taken>(take: (names: Buffer) => Taken): Taken {
    assert(this.#count > 0, "a finished pack holds an object");
    const taken = take(this.#names.subarray(0, this.#count * 20));
    this.generation++;
    this.#count = 0;
    if (this.#depths.length > FIRST_OBJECTS * 8) {
      // The memory an unusually big pack took is given back.
      this.#names = Buffer.allocUnsafeSlow(FIRST_OBJECTS * 20);
      this.#depths = new Uint8Array(FIRST_OBJECTS);
      this.#slots = new Uint32Array(FIRST_OBJECTS * 4);
    } else this.#slots.fill(0);
    return taken;
  }
}
