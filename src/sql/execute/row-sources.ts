// Rows that are made before a statement runs: those of system relations, and of functions that must wait for history.
import type { FetchedSource, SystemSource } from "../check/tree.ts";
import { fail } from "../errors.ts";
import type { Raw } from "../types/index.ts";
import type { StatementRun } from "./contract.ts";
import { fetchRows } from "./fetched.ts";

const json = (rows: readonly (readonly Raw[])[]): string =>
  JSON.stringify(rows, (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value));

/** JSON of a relation's rows, kept while it hands out the same array. */
const kept = new WeakMap<readonly (readonly Raw[])[], string>();

function systemJson(source: SystemSource, run: StatementRun): string {
  const rows = source.relation.rows(run.facts);
  let text = kept.get(rows);
  if (text === undefined) {
    text = json(rows);
    kept.set(rows, text);
  }
  return text;
}

/** Null when a source must be waited for. */
export function rowsNow(sources: readonly (SystemSource | FetchedSource)[], run: StatementRun): string[] | null {
  if (sources.some((source) => source.kind === "fetched")) return null;
  return sources.map((source) =>
    source.kind === "system" ? systemJson(source, run) : fail("58000", "internal error: a source must be waited for"),
  );
}

export async function rowsLater(
  sources: readonly (SystemSource | FetchedSource)[],
  run: StatementRun,
  argument: (source: FetchedSource, at: number) => Raw,
): Promise<string[]> {
  const texts: string[] = [];
  for (const source of sources) {
    if (source.kind === "system") texts.push(systemJson(source, run));
    else
      texts.push(
        json(
          await fetchRows(
            source,
            source.args.map((_, at) => argument(source, at)),
            run,
          ),
        ),
      );
  }
  return texts;
}
