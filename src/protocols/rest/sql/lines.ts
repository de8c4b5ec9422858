// The answer of a request as lines of JSON, sent while it is made: {"columns":…}, a line a row, {"command":…} for each statement;
// the very last line tells of the whole request, or is the error. Memory stays the same whatever the size.
import { setTimeout as after } from "node:timers/promises";
import type { Limits } from "../../../base/limits.ts";
import { objectText } from "../reply.ts";
import { endMembers, type Members } from "./collect.ts";
import type { Step } from "./run.ts";
import { columnsJson, type RowForm, rowWriter } from "./values.ts";

export interface LinesParts {
  readonly form: RowForm;
  readonly limits: Limits;
  /** What the last line tells beside the last statement's end. */
  readonly around: () => Promise<Members>;
  /** An error as its line. */
  readonly failure: (thrown: unknown) => Promise<string>;
  /** Called at the end, whatever it was. */
  readonly closed: () => Promise<void>;
  /** Called when the client has taken nothing for limits.restSqlStallMs. */
  readonly stalled: () => void;
}

/** Lines with their ends. Nothing is thrown: an error is the last line. */
export async function* asLines(
  steps: AsyncIterator<Step>,
  first: IteratorResult<Step>,
  parts: LinesParts,
): AsyncGenerator<string> {
  let write: (row: readonly (string | null)[]) => string = () => "";
  try {
    for (let step = first; step.done !== true; step = await steps.next()) {
      const { value } = step;
      if (value.kind === "columns") write = lineWriter(rowWriter(value.columns ?? [], parts.form), parts.form);
      const text = await textOf(value, write, parts);
      if (text !== "") yield* watched(text, parts);
    }
  } catch (thrown) {
    yield `${await parts.failure(thrown)}\n`;
  } finally {
    // Reached with rows left when the client hung up.
    await steps.return?.();
    await parts.closed();
  }
}

function lineWriter(write: (row: readonly (string | null)[]) => string, form: RowForm): typeof write {
  return form === "objects" ? (row) => `{"row":${write(row)}}\n` : (row) => `${write(row)}\n`;
}

async function textOf(step: Step, write: (row: readonly (string | null)[]) => string, parts: LinesParts): Promise<string> {
  switch (step.kind) {
    case "columns":
      return step.columns === null ? "" : `${objectText({ columns: columnsJson(step.columns) })}\n`;
    case "rows":
      return step.rows.map(write).join("");
    case "end":
      return `${objectText({ ...endMembers(step.tag, step.notices), ...(step.isLast ? await parts.around() : {}) })}\n`;
  }
}

/** Hands a text on, with an eye on the client that should take it. */
async function* watched(text: string, { limits, stalled }: LinesParts): AsyncGenerator<string> {
  const taken = new AbortController();
  const stop = (): void => undefined;
  after(limits.restSqlStallMs, undefined, { signal: taken.signal, ref: false }).then(stalled, stop);
  try {
    yield text;
  } finally {
    taken.abort();
  }
}
