// Every metric there is, with its name, unit and labels; docs/reference/metrics.md is made from this registry.
// Only events.ts (and gauges.ts, for what is read at scrape time) changes their values.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { LatencyHistogram } from "./latency.ts";
import { Tally } from "./tally.ts";

/** Who caused the work. Callers may claim any origin, so what is not a door is `other`: labels stay few. */
export type DoorLabel = "rest" | "redis" | "postgresql" | "other";
const DOOR_LABELS: readonly DoorLabel[] = ["rest", "redis", "postgresql", "other"];

const LATENCY_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const FSYNC_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];
const GROUP_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];

export type Metrics = ReturnType<typeof registerMetrics>;

/** Registers every metric in a registry of its own. */
export function registerMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const latency = (name: string, help: string): LatencyHistogram<DoorLabel> =>
    new LatencyHistogram(registry, { name, help, labelName: "door", buckets: LATENCY_BUCKETS });
  const tally = (name: string, help: string): Tally<DoorLabel> =>
    new Tally(registry, { name, help, labelName: "door", labels: DOOR_LABELS });
  const counter = <Label extends string = never>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <Label extends string = never>(name: string, help: string, ...labelNames: Label[]): Gauge<Label> =>
    new Gauge({ name, help, labelNames, registers });

  // Its own watch on the event loop looks seldom: ours (gauges.ts) is the one to read, and each look wakes an idle server.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1_000 });
  return {
    registry,
    // Work
    writeLatency: latency("chrondb_write_latency_seconds", "Time from a write's arrival to its durable answer, in seconds."),
    readLatency: latency("chrondb_read_latency_seconds", "Time a read of documents took, in seconds."),
    queryLatency: latency("chrondb_query_latency_seconds", "Time a SQL statement took, in seconds."),
    documentsSaved: tally("chrondb_documents_saved_total", "Documents put."),
    documentsDeleted: tally("chrondb_documents_deleted_total", "Documents deleted."),
    documentsRead: tally("chrondb_documents_read_total", "Documents read."),
    queriesExecuted: tally("chrondb_queries_executed_total", "SQL statements executed."),
    occConflicts: tally("chrondb_occ_conflicts_total", "Writes refused because a version they depend on had changed."),
    occRetries: tally("chrondb_occ_retries_total", "Writes tried again because a version had changed meanwhile."),
    slowOperations: counter("chrondb_slow_operations_total", "Operations slower than logging.slowMs.", "door"),
    limitRejections: counter("chrondb_limit_rejections_total", "Requests refused at a limit, by the limit's name.", "limit"),
    // Connections
    activeConnections: gauge("chrondb_active_connections", "Connections open now.", "door"),
    connectionsOpened: counter("chrondb_connections_opened_total", "Connections accepted.", "door"),
    connectionsRefused: counter("chrondb_connections_refused_total", "Connections refused or cut for what they sent.", "door"),
    authenticationFailures: counter("chrondb_authentication_failures_total", "Wrong user names or passwords.", "door"),
    // The write path
    groupWrites: new Histogram({
      name: "chrondb_group_writes",
      help: "Writes that shared one fsync.",
      buckets: GROUP_BUCKETS,
      registers,
    }),
    groupSeconds: new Histogram({
      name: "chrondb_group_seconds",
      help: "Time one group of writes took: decided, applied, logged, synced and committed, in seconds.",
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    fsyncSeconds: new Histogram({
      name: "chrondb_fsync_seconds",
      help: "Time an fsync of the log took, in seconds.",
      buckets: FSYNC_BUCKETS,
      registers,
    }),
    entriesWritten: counter("chrondb_log_entries_total", "Transactions written to the log."),
    bytesWritten: counter("chrondb_log_bytes_total", "Bytes written to the log."),
    walPending: gauge("chrondb_wal_pending_entries", "Transactions in the log that are not in git yet, over all tenants."),
    logLag: gauge("chrondb_log_lag_entries", "Transactions in the log that are not synced yet.", "tenant"),
    applyLag: gauge("chrondb_apply_lag_entries", "Synced transactions that are not in the state yet.", "tenant"),
    archiveLag: gauge("chrondb_archive_lag_entries", "Synced transactions that are not in git yet.", "tenant"),
    writerQueue: gauge("chrondb_writer_queue", "Writes waiting for their turn.", "tenant"),
    // What is there; read at scrape time
    indexDocuments: gauge("chrondb_index_documents", "Documents that can be queried, over all tenants."),
    documents: gauge("chrondb_documents", "Documents.", "tenant"),
    sequence: gauge("chrondb_sequence", "Number of the last transaction.", "tenant"),
    partBytes: gauge("chrondb_storage_bytes", "Bytes on disk of a tenant's log, state and archive.", "tenant", "part"),
    diskFree: gauge("chrondb_disk_free_bytes", "Free bytes of the data directory's disk."),
    readOnly: gauge("chrondb_read_only", "1 while writes are refused, else 0."),
    eventLoopDelay: gauge(
      "chrondb_event_loop_delay_seconds",
      "How late the event loop ran since the last scrape, in seconds.",
      "quantile",
    ),
  };
}
