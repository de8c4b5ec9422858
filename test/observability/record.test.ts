// Events become metrics with the names and units of the surface, and log lines without secrets.
import { describe, expect, test } from "vitest";
import type { Clock } from "../../src/base/clock.ts";
import { ChronError } from "../../src/base/errors.ts";
import { createObservability } from "../../src/observability/create.ts";
import { redact } from "../../src/observability/redact.ts";

function start(level: "debug" | "info" = "info", slowMs = 100) {
  const lines: Record<string, unknown>[] = [];
  const time = { now: 0 };
  const clock: Clock = { micros: () => 0, elapsed: () => time.now };
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const settings = { logging: { level, output: "stderr", file: "unused.log", slowMs } } as const;
  const observability = createObservability(settings, clock, stream);
  return { ...observability, lines, time };
}

/** The value of one series, e.g. `chrondb_documents_saved_total{door="rest"}`. */
async function value(observability: ReturnType<typeof start>, series: string): Promise<number | undefined> {
  const line = (await observability.metrics.text()).split("\n").find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe("metrics", () => {
  test("durations are in seconds, counted in the surface's buckets, by door", async () => {
    const o = start();
    o.events.writeLatency("redis", 7);
    o.events.writeLatency("redis", 30);
    o.events.writeLatency("sql", 20_000);
    expect(await value(o, 'chrondb_write_latency_seconds_bucket{le="0.005",door="redis"}')).toBe(0);
    expect(await value(o, 'chrondb_write_latency_seconds_bucket{le="0.01",door="redis"}')).toBe(1);
    expect(await value(o, 'chrondb_write_latency_seconds_bucket{le="+Inf",door="redis"}')).toBe(2);
    expect(await value(o, 'chrondb_write_latency_seconds_sum{door="redis"}')).toBeCloseTo(0.037, 9);
    expect(await value(o, 'chrondb_write_latency_seconds_count{door="redis"}')).toBe(2);
    expect(await value(o, 'chrondb_write_latency_seconds_bucket{le="10",door="postgresql"}')).toBe(0);
    o.close();
  });

  const rows: [series: string, expected: number, happen: (o: ReturnType<typeof start>) => void][] = [
    ['chrondb_documents_saved_total{door="rest"}', 3, ({ events }) => events.saved("rest", 3)],
    ['chrondb_documents_deleted_total{door="redis"}', 2, ({ events }) => events.deleted("redis", 2)],
    ['chrondb_documents_read_total{door="postgresql"}', 5, ({ events }) => events.read("postgresql", 1, 5)],
    ['chrondb_documents_read_total{door="other"}', 1, ({ events }) => events.read("an origin a caller claimed", 1, 1)],
    ['chrondb_read_latency_seconds_sum{door="rest"}', 0.002, ({ events }) => events.read("rest", 2, 1)],
    ['chrondb_queries_executed_total{door="postgresql"}', 1, ({ events }) => events.query("sql", 1)],
    ['chrondb_query_latency_seconds_count{door="postgresql"}', 1, ({ events }) => events.query("sql", 1)],
    ['chrondb_occ_conflicts_total{door="rest"}', 1, ({ events }) => events.occConflict("rest")],
    ['chrondb_occ_retries_total{door="postgresql"}', 1, ({ events }) => events.occRetry("postgresql")],
    ['chrondb_limit_rejections_total{limit="documentBytes"}', 1, ({ events }) => events.limitReached("documentBytes")],
    ['chrondb_slow_operations_total{door="rest"}', 1, ({ events }) => events.slow("rest", "list", 100)],
    [
      'chrondb_active_connections{door="redis"}',
      1,
      ({ events }) => {
        events.connectionOpened("redis", "1", "a");
        events.connectionOpened("redis", "2", "a");
        events.connectionClosed("redis", "1", "quit");
      },
    ],
    ['chrondb_connections_opened_total{door="rest"}', 1, ({ events }) => events.connectionOpened("rest", "1", "a")],
    ['chrondb_connections_refused_total{door="rest"}', 1, ({ events }) => events.connectionRefused("rest", "a", "too many")],
    ['chrondb_authentication_failures_total{door="rest"}', 1, ({ events }) => events.authenticationFailed("rest", "a", "u")],
    ['chrondb_group_writes_bucket{le="10"}', 1, ({ events }) => events.groupWritten(7, 6, 1000, 2)],
    ["chrondb_group_seconds_sum", 0.002, ({ events }) => events.groupWritten(7, 6, 1000, 2)],
    ["chrondb_log_entries_total", 6, ({ events }) => events.groupWritten(7, 6, 1000, 2)],
    ["chrondb_log_bytes_total", 1000, ({ events }) => events.groupWritten(7, 6, 1000, 2)],
    ['chrondb_fsync_seconds_bucket{le="0.0025"}', 1, ({ events }) => events.fsync(2)],
    ['chrondb_log_lag_entries{tenant="t"}', 1, ({ events }) => events.lag("t", { log: 1, apply: 2, archive: 3, queued: 4 })],
    ['chrondb_apply_lag_entries{tenant="t"}', 2, ({ events }) => events.lag("t", { log: 1, apply: 2, archive: 3, queued: 4 })],
    ['chrondb_archive_lag_entries{tenant="t"}', 3, ({ events }) => events.lag("t", { log: 1, apply: 2, archive: 3, queued: 4 })],
    ['chrondb_writer_queue{tenant="t"}', 4, ({ events }) => events.lag("t", { log: 1, apply: 2, archive: 3, queued: 4 })],
    ["chrondb_wal_pending_entries", 5, ({ metrics }) => metrics.source(facts)],
    ["chrondb_index_documents", 12, ({ metrics }) => metrics.source(facts)],
    ['chrondb_storage_bytes{tenant="t",part="archive"}', 33, ({ metrics }) => metrics.source(facts)],
    ["chrondb_disk_free_bytes", 5e9, ({ metrics }) => metrics.source(facts)],
    ["chrondb_read_only", 0, ({ metrics }) => metrics.source(facts)],
  ];
  const facts = () => ({
    readOnlyReason: null,
    tenants: [
      {
        name: "t",
        documents: 12,
        sequence: 20,
        durable: 18,
        archived: 15,
        logBytes: 11,
        stateBytes: 22,
        archiveBytes: 33,
        problem: null,
      },
    ],
    disk: { freeBytes: 5e9, totalBytes: 9e9 },
  });
  test.each(rows)("%s is %d", async (series, expected, happen) => {
    const o = start();
    const before = await value(o, series);
    expect(before ?? 0).toBe(0);
    happen(o);
    expect(await value(o, series)).toBeCloseTo(expected, 9);
    o.close();
  });

  test("counters by door show as 0 before anything happens, so that a rate has a beginning", async () => {
    const o = start();
    for (const door of ["rest", "redis", "postgresql", "other"]) {
      expect(await value(o, `chrondb_documents_saved_total{door="${door}"}`)).toBe(0);
      expect(await value(o, `chrondb_occ_conflicts_total{door="${door}"}`)).toBe(0);
    }
    o.close();
  });

  test("an event loop that was held up shows by how long", async () => {
    const o = start();
    let worst = 0;
    // On a busy machine the sampler itself may miss a turn.
    for (let round = 0; round < 20 && worst < 0.03; round++) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      const until = performance.now() + 60;
      while (performance.now() < until);
      await new Promise((resolve) => setTimeout(resolve, 40));
      worst = (await value(o, 'chrondb_event_loop_delay_seconds{quantile="1"}')) ?? 0;
    }
    expect(worst).toBeGreaterThan(0.03);
    expect(worst).toBeLessThan(30);
    o.close();
  });

  test("the text is what Prometheus reads: HELP and TYPE of every metric, and no series twice", async () => {
    const o = start();
    o.events.read("rest", 1, 1);
    const text = await o.metrics.text();
    expect(o.metrics.contentType).toContain("text/plain; version=0.0.4");
    const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const names = series.map((line) => line.slice(0, line.lastIndexOf(" ")));
    expect(new Set(names).size).toBe(names.length);
    for (const line of series) expect(line).toMatch(/^[a-z_0-9]+(\{.*\})? (nan|[-+\d.e]+)$/i);
    o.close();
  });
});

describe("log", () => {
  test("connections opened and closed are events at debug level; refusals and failures are warnings", () => {
    const o = start("debug");
    o.events.connectionOpened("rest", "1", "127.0.0.1:5");
    o.events.connectionClosed("rest", "1", "ended");
    o.events.connectionRefused("redis", "127.0.0.1:6", "TLS bytes on a plain port");
    o.events.authenticationFailed("postgresql", "127.0.0.1:7", "ada");
    expect(o.lines.map((line) => [line["level"], line["event"]])).toEqual([
      ["debug", "connection-opened"],
      ["debug", "connection-closed"],
      ["warn", "connection-refused"],
      ["warn", "authentication-failed"],
    ]);
    o.close();
  });

  test("slow operations are logged from the threshold on, and not at all at 0", () => {
    const o = start("info", 100);
    o.events.slow("rest", "GET /api/v1/documents", 99);
    o.events.slow("rest", "GET /api/v1/documents", 100.4);
    expect(o.lines).toHaveLength(1);
    expect(o.lines[0]).toMatchObject({ msg: "Slow operation", what: "GET /api/v1/documents", ms: 100 });
    o.close();
    const silent = start("info", 0);
    silent.events.slow("rest", "x", 1e9);
    expect(silent.lines).toHaveLength(0);
    silent.close();
  });

  test("a flood becomes twenty lines a second and a count of the rest", () => {
    const o = start();
    for (let at = 0; at < 1000; at++) o.events.connectionRefused("redis", "a", "too many");
    expect(o.lines).toHaveLength(20);
    o.time.now += 1001;
    o.events.connectionRefused("redis", "a", "too many");
    expect(o.lines[20]).toMatchObject({ leftOut: 980 });
    o.close();
  });

  test("a refusal is logged with its code, a surprise with its stack", () => {
    const o = start();
    o.events.error("Cannot open the tenant", new ChronError("CORRUPT", "The log is damaged."), { tenant: "t" });
    o.events.error("Unexpected", new TypeError("x is not a function"));
    expect(o.lines[0]).toMatchObject({ level: "error", code: "CORRUPT", error: "The log is damaged.", tenant: "t" });
    expect(o.lines[1]?.["stack"]).toContain("record.test.ts");
    o.close();
  });

  test("secrets never reach a line", () => {
    const o = start();
    o.events.info("Started", {
      password: "s3cret",
      nested: { Authorization: "Basic s3cret", list: [{ apiKey: "s3cret" }] },
      url: "postgres://ada:s3cret@host/db",
      CHRONDB_PASSWORD: "s3cret",
      accessToken: "s3cret",
      user: "ada",
    });
    const text = JSON.stringify(o.lines);
    expect(text).not.toContain("s3cret");
    expect(text).toContain("ada");
    o.close();
  });

  test("redaction ends on a cycle", () => {
    const cycle: Record<string, unknown> = { name: "x" };
    cycle["self"] = cycle;
    expect(JSON.stringify(redact(cycle))).toContain("too deep");
  });
});
