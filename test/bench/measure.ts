// Interleaved measuring: each round runs every contender once, so that a drift of the machine hits all alike. A figure is the
// median of the rounds; a ratio is the median of the rounds' ratios, with its spread.

export interface Contender {
  readonly name: string;
  /** One run; answers its figure (a rate, or milliseconds). */
  run(): Promise<number>;
}

export interface Figure {
  readonly name: string;
  readonly median: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface Comparison {
  readonly work: string;
  readonly unit: string;
  readonly ours: Figure;
  readonly peer: Figure | null;
  /** ours / peer, of rates; peer / ours, of times: more is better either way. */
  readonly ratio: { readonly median: number; readonly minimum: number; readonly maximum: number } | null;
  readonly goal: string;
  readonly note: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

export function figure(name: string, values: readonly number[]): Figure {
  return { name, median: median(values), minimum: Math.min(...values), maximum: Math.max(...values) };
}

export async function compare(
  options: { work: string; unit: string; goal: string; note?: string; rounds: number; lowerIsBetter?: boolean },
  ours: Contender,
  peer: Contender | null,
): Promise<Comparison> {
  const own: number[] = [];
  const other: number[] = [];
  for (let round = 0; round < options.rounds; round++) {
    own.push(await ours.run());
    if (peer !== null) other.push(await peer.run());
  }
  const ratios = other.map((value, at) => {
    const mine = own[at] ?? Number.NaN;
    return options.lowerIsBetter === true ? value / mine : mine / value;
  });
  return {
    work: options.work,
    unit: options.unit,
    goal: options.goal,
    note: options.note ?? "",
    ours: figure(ours.name, own),
    peer: peer === null ? null : figure(peer.name, other),
    ratio: peer === null ? null : { median: median(ratios), minimum: Math.min(...ratios), maximum: Math.max(...ratios) },
  };
}

function number(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}

/** The table's rows in Markdown. */
export function table(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ work, unit, ours, peer, ratio, goal, note }) => {
    const ownCell = `${number(ours.median)} (${number(ours.minimum)}–${number(ours.maximum)})`;
    const peerCell =
      peer === null ? "–" : `${peer.name} ${number(peer.median)} (${number(peer.minimum)}–${number(peer.maximum)})`;
    const ratioCell =
      ratio === null ? "–" : `${ratio.median.toFixed(2)} (${ratio.minimum.toFixed(2)}–${ratio.maximum.toFixed(2)})`;
    return `| ${work} | ${unit} | ${ownCell} | ${peerCell} | ${ratioCell} | ${goal} | ${note} |`;
  });
  return ["| work | unit | ChronDB | peer | ratio | goal | note |", "|---|---|---|---|---|---|---|", ...rows].join("\n");
}
