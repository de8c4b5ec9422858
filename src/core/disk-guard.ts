// Refuses writes before the disk is full, and takes them again once there is room: a log that cannot be appended to would stop
// the server, a refused write only bothers its sender.
import { messageOf } from "../base/errors.ts";
import { systemFiles } from "../base/files.ts";
import type { Limits } from "../base/limits.ts";
import type { Events } from "../observability/events.ts";

const CHECK_EVERY_MS = 500;

export class DiskGuard {
  readonly #directory: string;
  readonly #limits: Limits;
  readonly #events: Events;
  readonly #timer: NodeJS.Timeout;
  #reason: string | null = null;
  #space: { readonly freeBytes: number; readonly totalBytes: number } = { freeBytes: 0, totalBytes: 0 };

  constructor(directory: string, limits: Limits, events: Events) {
    this.#directory = directory;
    this.#limits = limits;
    this.#events = events;
    this.#look();
    this.#timer = setInterval(() => this.#look(), CHECK_EVERY_MS);
    this.#timer.unref();
  }

  /** The sentence writers are refused with; null when there is room. */
  reason(): string | null {
    return this.#reason;
  }

  space(): { readonly freeBytes: number; readonly totalBytes: number } {
    return this.#space;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    try {
      this.#space = systemFiles.space(this.#directory);
    } catch (thrown) {
      // The directory is gone or its disk fails: nothing can be written there, and saying so beats dying.
      this.#reason ??= `The free space of ${this.#directory} cannot be read (${messageOf(thrown)}), so writes are refused.`;
      return;
    }
    const { freeBytes } = this.#space;
    if (this.#reason === null && freeBytes < this.#limits.diskLowBytes) {
      this.#reason =
        `The disk of ${this.#directory} has ${mib(freeBytes)} MiB left, below the mark of ${mib(this.#limits.diskLowBytes)} MiB, so writes are refused ` +
        `and reads go on; they are taken again above ${mib(this.#limits.diskResumeBytes)} MiB.`;
      this.#events.warn("the disk is nearly full: writes are refused", { freeBytes });
    } else if (this.#reason !== null && freeBytes >= this.#limits.diskResumeBytes) {
      this.#reason = null;
      this.#events.info("there is room on the disk again: writes are taken", { freeBytes });
    }
  }
}

function mib(bytes: number): number {
  return Math.floor(bytes / (1024 * 1024));
}
