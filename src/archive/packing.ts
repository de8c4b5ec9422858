// Where packs are compressed and published: here, or in a thread of their own. What is built is the same, byte for byte.
import { PackBody } from "./pack-body.ts";
import { PackFeed, type PackThreadOptions } from "./pack-feed.ts";
import { PackWriter } from "./pack-writer.ts";
import { type Publication, type PublishedEntries, publish } from "./publication.ts";

export interface Packing {
  readonly pack: PackWriter;
  /** Cuts the pack and publishes it. Undefined where that is done when it returns. */
  publish(entries: PublishedEntries): Promise<void> | undefined;
  /** Undefined while there is room to go on building. */
  room(): Promise<void> | undefined;
  close(): Promise<void>;
}

/** Everything in this thread, one thing after the other. */
export function packHere(to: Publication): Packing {
  const body = new PackBody();
  const pack = new PackWriter(body);
  return {
    pack,
    publish(entries) {
      publish(
        to,
        pack.cut((names) => body.finish(names)),
        entries,
      );
      body.shrink();
      return undefined;
    },
    room: () => undefined,
    close: () => Promise.resolve(),
  };
}

/** Compressing, checksums and the disk in a thread, which starts with the first object. */
export function packInThread(options: PackThreadOptions): Packing {
  const feed = new PackFeed(options);
  const pack = new PackWriter(feed);
  return {
    pack,
    publish: (entries) => pack.cut((names) => feed.publish({ names: new Uint8Array(names), entries })),
    room: () => (feed.crowded ? feed.room() : undefined),
    close: () => feed.close(),
  };
}
