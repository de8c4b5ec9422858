// Puts the room together: main.ts calls this once.
import type { DestinationStream } from "pino";
import type { Clock } from "../base/clock.ts";
import type { Events } from "./events.ts";
import { EventLoopGauge, publishFacts } from "./gauges.ts";
import type { HealthFacts } from "./health.ts";
import { createLog, type Logger, type LogSettings } from "./logger.ts";
import { registerMetrics } from "./metrics.ts";
import { recordEvents } from "./record.ts";

export interface ObservabilitySettings {
  readonly logging: LogSettings & { readonly slowMs: number };
}

export interface Observability {
  readonly events: Events;
  readonly metrics: {
    readonly contentType: string;
    /** The text of /metrics. */
    text(): Promise<string>;
    /** Where the gauges of documents, bytes and lag come from; given once the service is open. */
    source(facts: () => HealthFacts): void;
  };
  readonly logger: Logger;
  /** Writes waiting log lines on this thread. Call it before the process ends, for any reason. */
  flush(): void;
  /** Opens the log file anew, for rotation. */
  reopen(): void;
  close(): void;
}

export function createObservability(settings: ObservabilitySettings, clock: Clock, stream?: DestinationStream): Observability {
  const metrics = registerMetrics();
  const log = createLog(settings.logging, stream);
  const eventLoop = new EventLoopGauge();
  let facts: (() => HealthFacts) | null = null;
  return {
    events: recordEvents({ metrics, logger: log.logger, clock, slowMs: settings.logging.slowMs }),
    metrics: {
      contentType: metrics.registry.contentType,
      text: async () => {
        eventLoop.publish(metrics);
        if (facts !== null) publishFacts(metrics, facts());
        return metrics.registry.metrics();
      },
      source: (read) => {
        facts = read;
      },
    },
    logger: log.logger,
    flush: log.flush,
    reopen: log.reopen,
    close: () => {
      eventLoop.stop();
      log.flush();
    },
  };
}
