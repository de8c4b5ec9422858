import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { Tally } from "../../src/observability/tally.ts";

test("a tally prints as a counter with every label, and can be reset", async () => {
  const registry = new Registry();
  const tally = new Tally(registry, { name: "t_total", help: "Things.", labelName: "door", labels: ["rest", "redis"] });
  tally.add("redis", 2);
  tally.add("redis", 3);
  expect(await registry.metrics()).toBe(
    '# HELP t_total Things.\n# TYPE t_total counter\nt_total{door="rest"} 0\nt_total{door="redis"} 5\n',
  );
  registry.resetMetrics();
  expect(await registry.metrics()).toContain('t_total{door="redis"} 0');
});
