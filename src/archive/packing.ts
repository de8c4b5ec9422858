// Where packs are compressed and published: here, or in a thread of their own. What is built is the same, byte for byte.
//
// A thread lets the next pack be built meanwhile, but it has to be started, which takes longer than publishing a few commits, and
// a tenant that is written to now and then never needs one. So it is started when there is a backlog, and used from then on.
import { PackBody, type PackSink } from "./pack-body.ts";
import { PackFeed, type PackThreadOptions } from "./pack-feed.ts";
import { PackWriter } from "./pack-writer.ts";
import { type Publication, type PublishedEntries, publish } from "./publication.ts";

export class Packing {
  readonly pack: PackWriter;
  readonly #to: Publication;
  readonly #isThreadWorth: () => boolean;
  #body: PackBody | null = null;
  #feed: PackFeed | null = null;
  /** What the pack under construction goes to; chosen with its first object. */
  #sink: PackBody | PackFeed | null = null;

  constructor(to: Publication, isThreadWorth: () => boolean) {
    this.#to = to;
    this.#isThreadWorth = isThreadWorth;
    const length = (): number => this.#sink?.length ?? 0;
    const sink: PackSink = {
      get length() {
        return length();
      },
      append: (type, source, start, bytes, base) => {
        this.#sink ??= this.#choose();
        this.#sink.append(type, source, start, bytes, base);
      },
    };
    this.pack = new PackWriter(sink);
  }

  /** Cuts the pack and publishes it. Undefined where that is done when it returns. */
  publish(entries: PublishedEntries): Promise<void> | undefined {
    const sink = this.#sink;
    this.#sink = null;
    if (sink instanceof PackFeed) return this.pack.cut((names) => sink.publish({ names: new Uint8Array(names), entries }));
    const body = sink ?? new PackBody();
    publish(
      this.#to,
      this.pack.cut((names) => body.finish(names)),
      entries,
    );
    body.shrink();
    return undefined;
  }

  /** Undefined while there is room to go on building. */
  room(): Promise<void> | undefined {
    return this.#feed?.crowded ? this.#feed.room() : undefined;
  }

  async close(): Promise<void> {
    await this.#feed?.close();
  }

  #choose(): PackBody | PackFeed {
    const { repository, branch } = this.#to;
    const options: PackThreadOptions = { repository, branch };
    if (this.#feed === null && this.#isThreadWorth()) {
      this.#feed = new PackFeed(options);
      this.#body = null;
    }
    return this.#feed ?? (this.#body ??= new PackBody());
  }
}
