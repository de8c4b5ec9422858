// The answer of a request as one JSON text. It is held whole before it is sent, so its rows and bytes are bounded.
import { ChronError } from "../../../base/errors.ts";
import type { Limits } from "../../../base/limits.ts";
import type { SqlColumn, SqlNotice } from "../../../sql/contract.ts";
import { objectText } from "../reply.ts";
import type { Step } from "./run.ts";
import { columnsJson, type RowForm, rowWriter } from "./values.ts";

/** The members of a statement's answer, as JSON texts. */
export type Members = Record<string, string | undefined>;

export interface CollectParts {
  readonly form: RowForm;
  readonly limits: Limits;
  /** Whether what the statements wrote is durable already: then an answer that is too long is cut, not refused. */
  readonly isWritten: () => boolean;
}

/** One answer a statement. Throws LIMIT_EXCEEDED. */
export async function collect(steps: AsyncIterable<Step>, { form, limits, isWritten }: CollectParts): Promise<Members[]> {
  const answers: Members[] = [];
  let columns: readonly SqlColumn[] | null = null;
  let rows: string[] = [];
  let write: (row: readonly (string | null)[]) => string = () => "";
  let isCut = false;
  let count = 0;
  let bytes = 0;
  for await (const step of steps) {
    switch (step.kind) {
      case "columns":
        columns = step.columns;
        write = rowWriter(columns ?? [], form);
        rows = [];
        isCut = false;
        break;
      case "rows":
        for (const row of step.rows) {
          const text = isCut ? "" : write(row);
          count++;
          bytes += text.length;
          const limit = count > limits.restSqlRows ? "restSqlRows" : bytes > limits.restSqlBytes ? "restSqlBytes" : null;
          if (limit === null) rows.push(text);
          else if (isWritten()) isCut = true;
          else throw tooLong(limit, limits);
        }
        break;
      case "end":
        answers.push({ ...resultMembers(columns, rows, step.tag, step.notices), truncated: isCut ? "true" : undefined });
    }
  }
  return answers;
}

function resultMembers(
  columns: readonly SqlColumn[] | null,
  rows: readonly string[],
  tag: string,
  notices: readonly SqlNotice[],
): Members {
  return {
    columns: columns === null ? undefined : columnsJson(columns),
    rows: columns === null ? undefined : `[${rows.join(",")}]`,
    ...endMembers(tag, notices),
  };
}

/** What is told of every statement at its end. */
export function endMembers(tag: string, notices: readonly SqlNotice[]): Members {
  const count = /(\d+)$/.exec(tag)?.[1];
  return {
    command: JSON.stringify(tag),
    rowCount: count ?? "null",
    notices: notices.length === 0 ? undefined : JSON.stringify(notices),
  };
}

function tooLong(limit: "restSqlRows" | "restSqlBytes", limits: Limits): ChronError {
  const what = limit === "restSqlRows" ? "rows" : "bytes of rows";
  return new ChronError(
    "LIMIT_EXCEEDED",
    `The answer has more than ${limits[limit]} ${what}, as many as one JSON answer holds (limit ${limit}). Add LIMIT, or ask for it as a stream with Accept: application/x-ndjson.`,
    { limit, sqlstate: "54000" },
  );
}

export function answerText(answers: readonly Members[], isSeveral: boolean, around: Members): string {
  const [only] = answers;
  if (!isSeveral && only !== undefined && answers.length === 1) return objectText({ ...only, ...around });
  return objectText({ results: `[${answers.map(objectText).join(",")}]`, ...around });
}
