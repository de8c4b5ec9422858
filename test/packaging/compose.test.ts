// docker-compose.yml and what it mounts, checked without Docker: the shape of every key used, hardening, and that each file,
// metric and setting that is named exists.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { SETTINGS } from "../../src/config/table.ts";
import { registerMetrics } from "../../src/observability/metrics.ts";
import { ROOT } from "../support/source.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const port = z.string().regex(/^127\.0\.0\.1:\d+:\d+$/, "ports are published on loopback only");
const service = z.strictObject({
  build: z.string().optional(),
  image: z.string(),
  restart: z.enum(["no", "always", "on-failure", "unless-stopped"]),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
  read_only: z.literal(true),
  tmpfs: z.array(z.string()),
  security_opt: z.tuple([z.literal("no-new-privileges:true")]),
  cap_drop: z.tuple([z.literal("ALL")]),
  pids_limit: z.number().int().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  secrets: z.array(z.string()).optional(),
  volumes: z.array(z.string().regex(/^[\w./-]+:\/[\w./-]+(:ro)?$/)),
  ports: z.array(port),
  depends_on: z
    .union([z.array(z.string()), z.record(z.string(), z.strictObject({ condition: z.literal("service_healthy") }))])
    .optional(),
});
const compose = z
  .strictObject({
    name: z.string(),
    services: z.record(z.string(), service),
    secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(parse(read("docker-compose.yml")));
const services = Object.entries(compose.services);

test.each(services)(
  "%s: secrets, volumes, mounts and dependencies exist",
  (_name, { secrets = [], volumes, depends_on = [] }) => {
    for (const secret of secrets) expect(compose.secrets).toHaveProperty(secret);
    for (const volume of volumes) {
      const [source = ""] = volume.split(":");
      if (source.startsWith("./")) expect(existsSync(join(ROOT, source)), source).toBe(true);
      else expect(compose.volumes).toHaveProperty(source);
    }
    for (const other of Array.isArray(depends_on) ? depends_on : Object.keys(depends_on))
      expect(compose.services).toHaveProperty(other);
  },
);

test("no two services publish the same port, and no image floats", () => {
  const published = services.flatMap(([, { ports }]) => ports.map((one) => one.split(":")[1]));
  expect(new Set(published).size).toBe(published.length);
  for (const [, { image, build }] of services) if (build === undefined) expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
});

test("the server is given settings that exist, its password as a file, and room to drain", () => {
  const chrondb = compose.services["chrondb"];
  const known = new Set(SETTINGS.flatMap((row) => (row.secret === true ? [row.env, `${row.env}_FILE`] : [row.env])));
  for (const name of Object.keys(chrondb?.environment ?? {})) expect(known).toContain(name);
  expect(chrondb?.environment).toMatchObject({ CHRONDB_PASSWORD_FILE: "/run/secrets/chrondb_password" });
  expect(Number.parseInt(chrondb?.stop_grace_period ?? "0", 10)).toBeGreaterThanOrEqual(30);
});

test("secrets are not in git", () => {
  expect(read(".gitignore").split("\n")).toContain("/deploy/secrets/");
  for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/deploy\/secrets\//);
});

const { registry } = registerMetrics();
const names = new Set<string>();
for (const { name, type } of await registry.getMetricsAsJSON()) {
  names.add(name);
  if (String(type) === "histogram") for (const suffix of ["_bucket", "_sum", "_count"]) names.add(name + suffix);
}

function metricsIn(text: string): string[] {
  return [...text.matchAll(/\b(?:chrondb|process|nodejs)_[a-z_]+/g)].map(([name]) => name);
}

describe("every metric named exists", () => {
  test("in the alerts", () => {
    const alerts = parse(read("deploy/prometheus/alerts.yml")) as { groups: { rules: { expr: string }[] }[] };
    const used = alerts.groups.flatMap((group) => group.rules.flatMap((rule) => metricsIn(rule.expr)));
    expect(used.length).toBeGreaterThan(4);
    expect(used.filter((name) => !names.has(name))).toEqual([]);
  });

  test("in the dashboard, which shows every kind of chrondb metric but a few", () => {
    const dashboard = JSON.parse(read("deploy/grafana/dashboards/chrondb.json")) as {
      panels: { targets?: { expr: string }[] }[];
    };
    const used = new Set(dashboard.panels.flatMap((panel) => (panel.targets ?? []).flatMap((target) => metricsIn(target.expr))));
    expect(used.size).toBeGreaterThan(20);
    expect([...used].filter((name) => !names.has(name))).toEqual([]);
  });
});

test("Prometheus reads the rules and the password where compose puts them", () => {
  const config = parse(read("deploy/prometheus/prometheus.yml")) as {
    rule_files: string[];
    scrape_configs: { metrics_path: string; basic_auth: { password_file: string }; static_configs: { targets: string[] }[] }[];
  };
  expect(config.rule_files).toEqual(["/etc/prometheus/alerts.yml"]);
  expect(compose.services["prometheus"]?.volumes).toContain("./deploy/prometheus:/etc/prometheus:ro");
  const [job] = config.scrape_configs;
  expect(job).toMatchObject({ metrics_path: "/metrics", basic_auth: { password_file: "/run/secrets/chrondb_password" } });
  expect(job?.static_configs[0]?.targets).toEqual(["chrondb:3000"]);
});

test("Grafana finds its datasource and dashboard", () => {
  const sources = parse(read("deploy/grafana/provisioning/datasources/prometheus.yml")) as {
    datasources: { uid: string; url: string }[];
  };
  expect(sources.datasources[0]).toMatchObject({ uid: "prometheus", url: "http://prometheus:9090" });
  const providers = parse(read("deploy/grafana/provisioning/dashboards/chrondb.yml")) as {
    providers: { options: { path: string } }[];
  };
  expect(compose.services["grafana"]?.volumes).toContain(
    `./deploy/grafana/dashboards:${providers.providers[0]?.options.path}:ro`,
  );
});
