// INFO: sections of `field:value` lines, as Redis's tools read them. Only what is so here: a fact of Redis that has no
// counterpart is left out rather than invented.
import type { ReadView, ServiceStatus } from "../../../core/contract.ts";
import type { Door } from "../door.ts";
import { REDIS_VERSION } from "../version.ts";

type Facts = readonly (readonly [string, string | number])[];
interface Source {
  readonly door: Door;
  readonly view: ReadView;
  /** Looks at files, so only the sections that show it ask. */
  readonly status: () => ServiceStatus;
}

const SECTIONS: readonly { readonly name: string; readonly facts: (source: Source) => Facts }[] = [
  { name: "Server", facts: server },
  { name: "Clients", facts: clients },
  { name: "Memory", facts: memory },
  { name: "Persistence", facts: persistence },
  { name: "Stats", facts: stats },
  {
    name: "Replication",
    facts: () => [
      ["role", "master"],
      ["connected_slaves", 0],
    ],
  },
  { name: "CPU", facts: cpu },
  { name: "Cluster", facts: () => [["cluster_enabled", 0]] },
  { name: "Keyspace", facts: keyspace },
];
const ALL: ReadonlySet<string> = new Set(["all", "default", "everything"]);

/** The sections asked for (lower case; none: all). */
export function infoText(door: Door, view: ReadView, asked: readonly string[]): string {
  const everything = asked.length === 0 || asked.some((name) => ALL.has(name));
  let status: ServiceStatus | null = null;
  const source: Source = { door, view, status: () => (status ??= door.service.status()) };
  return SECTIONS.filter(({ name }) => everything || asked.includes(name.toLowerCase()))
    .map(
      ({ name, facts }) =>
        `# ${name}\r\n${facts(source)
          .map(([key, value]) => `${key}:${value}\r\n`)
          .join("")}`,
    )
    .join("\r\n");
}

function server({ door, status }: Source): Facts {
  const seconds = Math.floor((door.nowMs() - status().startedAtMs) / 1000);
  return [
    ["redis_version", REDIS_VERSION],
    ["chrondb_version", door.version],
    ["redis_mode", "standalone"],
    ["os", `${process.platform} ${process.arch}`],
    ["arch_bits", 64],
    ["process_id", process.pid],
    ["run_id", door.runId],
    ["tcp_port", door.port],
    ["server_time_usec", door.clock.micros()],
    ["uptime_in_seconds", seconds],
    ["uptime_in_days", Math.floor(seconds / 86_400)],
  ];
}

function clients({ door }: Source): Facts {
  return [
    ["connected_clients", door.sessions.size],
    ["maxclients", door.limits.redisConnections],
    ["blocked_clients", 0],
  ];
}

function memory(): Facts {
  const used = process.memoryUsage();
  return [
    ["used_memory", used.heapUsed + used.external],
    ["used_memory_human", human(used.heapUsed + used.external)],
    ["used_memory_rss", used.rss],
    ["used_memory_rss_human", human(used.rss)],
    ["maxmemory", 0],
    ["maxmemory_human", "0B"],
    ["maxmemory_policy", "noeviction"],
  ];
}

function persistence({ door, status }: Source): Facts {
  const tenant = status().tenants.find(({ name }) => name === door.tenant.name);
  return [
    ["loading", 0],
    ["async_loading", 0],
    ["aof_enabled", 1],
    ["aof_last_write_status", door.service.readOnlyReason() === null ? "ok" : "err"],
    ["chrondb_sequence", tenant?.sequence ?? 0],
    ["chrondb_durable_sequence", tenant?.durable ?? 0],
    ["chrondb_archived_sequence", tenant?.archived ?? 0],
    ["chrondb_log_bytes", tenant?.logBytes ?? 0],
    ["chrondb_state_bytes", tenant?.stateBytes ?? 0],
    ["chrondb_archive_bytes", tenant?.archiveBytes ?? 0],
  ];
}

function stats({ door }: Source): Facts {
  return [
    ["total_connections_received", door.stats.connections],
    ["total_commands_processed", door.stats.commands],
    ["instantaneous_ops_per_sec", door.rate],
    ["total_net_input_bytes", door.stats.inputBytes],
    ["total_net_output_bytes", door.stats.outputBytes],
    ["rejected_connections", door.stats.refused],
    ["total_error_replies", door.stats.errors],
  ];
}

function cpu(): Facts {
  const { user, system } = process.cpuUsage();
  return [
    ["used_cpu_sys", (system / 1e6).toFixed(6)],
    ["used_cpu_user", (user / 1e6).toFixed(6)],
  ];
}

function keyspace({ view }: Source): Facts {
  const keys = view.count();
  return keys === 0 ? [] : [["db0", `keys=${keys},expires=0,avg_ttl=0`]];
}

function human(bytes: number): string {
  const units = ["B", "K", "M", "G", "T"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(2)}${units[unit]}`;
}
