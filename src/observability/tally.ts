// A Prometheus counter with one label for the hot path: a number in an array, read when it is asked for. prom-client's own
// looks its series up and checks what it is given each time, which costs as much as reading a document from memory.
import type { Metric, Registry } from "prom-client";

export class Tally<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly type = "counter";
  readonly aggregator = "sum";
  readonly labelName: string;
  readonly #counts: Record<Label, number>;

  /** Every label is there from the start, at 0. */
  constructor(registry: Registry, options: { name: string; help: string; labelName: string; labels: readonly Label[] }) {
    this.name = options.name;
    this.help = options.help;
    this.labelName = options.labelName;
    this.#counts = Object.fromEntries(options.labels.map((label) => [label, 0])) as Record<Label, number>;
    // The registry only calls `get()` and reads `name`; its type asks for prom-client's own classes.
    registry.registerMetric(this as unknown as Metric);
  }

  add(label: Label, count: number): void {
    this.#counts[label] += count;
  }

  reset(): void {
    for (const label of Object.keys(this.#counts)) this.#counts[label as Label] = 0;
  }

  async get(): Promise<{
    name: string;
    help: string;
    type: string;
    aggregator: string;
    values: { labels: Record<string, string>; value: number }[];
  }> {
    const values = Object.entries<number>(this.#counts).map(([label, value]) => ({ labels: { [this.labelName]: label }, value }));
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values };
  }
}
