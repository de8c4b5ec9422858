// The settings of this server under the names that Redis clients ask for with CONFIG GET.
import type { Door } from "../door.ts";

export function parameters({ limits, port, slowMs }: Door): readonly (readonly [string, string])[] {
  return [
    // Every write is on disk before its reply, so there are no snapshots to schedule.
    ["save", ""],
    ["appendonly", "yes"],
    ["appendfsync", "always"],
    ["databases", "1"],
    ["maxclients", String(limits.redisConnections)],
    ["maxmemory", "0"],
    ["maxmemory-policy", "noeviction"],
    ["maxmemory-clients", String(limits.redisInputBytes)],
    ["proto-max-bulk-len", String(limits.redisBulkBytes)],
    ["client-query-buffer-limit", String(limits.redisRequestBytes)],
    ["timeout", "0"],
    ["tcp-keepalive", "0"],
    ["port", String(port)],
    ["slowlog-log-slower-than", String(Math.round(slowMs * 1000))],
    ["slowlog-max-len", String(limits.redisSlowlogEntries)],
    ["notify-keyspace-events", ""],
    ["cluster-enabled", "no"],
  ];
}
