// How an import is going: a bar on a terminal, a plain line every few seconds elsewhere.
import type { Writable } from "node:stream";
import { Presets, SingleBar } from "cli-progress";
import type { Clock } from "../../base/clock.ts";

export interface Progress {
  /** Documents on disk, and bytes of the input they came from. */
  update(documents: number, bytes: number): void;
  stop(): void;
}

/** Seconds between plain lines. */
const LINE_EVERY_MS = 5000;

export interface ProgressOptions {
  readonly stream: Writable & { readonly isTTY?: boolean };
  readonly clock: Clock;
  /** Size of the input; null when it is not known (standard input). */
  readonly totalBytes: number | null;
}

export function startProgress(options: ProgressOptions): Progress {
  return options.stream.isTTY === true && options.totalBytes !== null ? bar(options, options.totalBytes) : lines(options);
}

interface Speed {
  readonly rate: number;
  readonly eta: string;
}

function speedOf(options: ProgressOptions, started: number): (documents: number, bytes: number) => Speed {
  return (documents, bytes) => {
    const seconds = Math.max(0.001, (options.clock.elapsed() - started) / 1000);
    const left = options.totalBytes === null || bytes === 0 ? null : ((options.totalBytes - bytes) / bytes) * seconds;
    return { rate: Math.round(documents / seconds), eta: left === null ? "unknown" : duration(left) };
  };
}

/** `75` -> `1m15s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${whole % 60}s`;
  return `${Math.floor(whole / 3600)}h${Math.floor((whole % 3600) / 60)}m`;
}

function bar(options: ProgressOptions, totalBytes: number): Progress {
  const speed = speedOf(options, options.clock.elapsed());
  const single = new SingleBar(
    {
      format: "{bar} {percentage}% | {documents} documents | {rate}/s | ETA {left}",
      stream: options.stream as NodeJS.WriteStream,
      hideCursor: true,
      fps: 5,
    },
    Presets.shades_classic,
  );
  single.start(totalBytes, 0, { documents: 0, rate: 0, left: "unknown" });
  return {
    update: (documents, bytes) => {
      const { rate, eta } = speed(documents, bytes);
      single.update(bytes, { documents, rate, left: eta });
    },
    stop: () => single.stop(),
  };
}

function lines(options: ProgressOptions): Progress {
  const started = options.clock.elapsed();
  const speed = speedOf(options, started);
  let next = started + LINE_EVERY_MS;
  return {
    update: (documents, bytes) => {
      if (options.clock.elapsed() < next) return;
      next = options.clock.elapsed() + LINE_EVERY_MS;
      const { rate, eta } = speed(documents, bytes);
      const share = options.totalBytes === null ? "" : ` (${Math.floor((bytes / options.totalBytes) * 100)} %)`;
      options.stream.write(`${documents} documents${share}, ${rate}/s, ETA ${eta}\n`);
    },
    stop: () => undefined,
  };
}
