// The log: one JSON object a line (pino). Standard error by default, because stdout carries the ready line and nothing else.
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from "pino";
import { redact } from "./redact.ts";

export type { Logger } from "pino";

export interface LogSettings {
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  readonly output: "stdout" | "stderr" | "file";
  readonly file: string;
}

/** Bytes of lines waiting for a reader that does not read; older ones are dropped past it. */
const WAITING_BYTES = 4 * 1024 * 1024;

export interface Log {
  readonly logger: Logger;
  /** Writes what is waiting, on this thread; called before the process ends. */
  flush(): void;
  /** Opens the log file anew, after a rotation moved it. Nothing for stdout and stderr. */
  reopen(): void;
}

/** `stream` replaces the configured output in tests. */
export function createLog(settings: LogSettings, stream?: DestinationStream): Log {
  const toFile = settings.output === "file";
  const sink = destination({
    dest: toFile ? settings.file : settings.output === "stdout" ? 1 : 2,
    sync: false,
    maxLength: WAITING_BYTES,
    ...(toFile ? { append: true, mkdir: true, mode: 0o600 } : {}),
  });
  const logger = pino(
    {
      level: settings.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redact },
    },
    stream ?? sink,
  );
  return {
    logger,
    flush: () => {
      try {
        sink.flushSync();
      } catch (thrown) {
        // Not open yet or closed by its reader: there is nowhere left to say so.
        void thrown;
      }
    },
    reopen: () => {
      if (toFile) sink.reopen();
    },
  };
}
