// Keeps a flood of one event from becoming a flood of log lines. Metrics still count every one.
import type { Clock } from "../base/clock.ts";

const WINDOW_MS = 1000;
const LINES_A_WINDOW = 20;

interface Window {
  started: number;
  lines: number;
  suppressed: number;
}

export class Throttle {
  readonly #clock: Clock;
  /** Keyed by event names, of which there are a handful. */
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many lines of this event were left out since the last one written; null: leave this one out too. */
  admit(event: string): number | null {
    const now = this.#clock.elapsed();
    const window = this.#windows.get(event);
    if (window === undefined || now - window.started >= WINDOW_MS) {
      this.#windows.set(event, { started: now, lines: 1, suppressed: 0 });
      return window?.suppressed ?? 0;
    }
    if (window.lines < LINES_A_WINDOW) {
      window.lines++;
      return 0;
    }
    window.suppressed++;
    return null;
  }
}
