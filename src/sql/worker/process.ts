// A query worker: a process with read-only connections that runs one SELECT at a time and hands out its rows as they are asked
// for. It is killed when its statement is cancelled (nothing else stops a sort in SQLite), so it keeps nothing worth keeping.
import { openReader } from "../../state/open.ts";
import type { StandaloneReader } from "../../state/store.ts";
import { toSqlError } from "../errors.ts";
import { within } from "../functions/context.ts";
import { registerFunctions } from "../functions/index.ts";
import { typeByOid } from "../types/index.ts";
import type { Present, Raw } from "../types/type.ts";
import { livingFacts, workerContext } from "./facts.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** Rows, and roughly bytes, of one batch: large enough to be cheap, small enough to flow. */
const BATCH_ROWS = 1_000;
const BATCH_BYTES = 256 * 1024;
/** Connections kept open, one a tenant. */
const READERS = 16;

type Start = Extract<ToWorker, { kind: "start" }>;

interface Running {
  take(max: number): { rows: Raw[][]; done: boolean };
  close(): void;
}

const readers = new Map<string, StandaloneReader>();

function readerOf(path: string): StandaloneReader {
  const known = readers.get(path);
  if (known !== undefined) return known;
  const [oldest] = readers;
  if (readers.size >= READERS && oldest !== undefined) {
    oldest[1].close();
    readers.delete(oldest[0]);
  }
  const opened = openReader(path, { registerFunctions });
  readers.set(path, opened);
  return opened;
}

function start(job: Start): Running {
  const reader = readerOf(job.path);
  const context = workerContext(job.style, job.facts === null ? null : livingFacts(job.facts, reader.catalog()));
  const types = job.types?.map(typeByOid) ?? null;
  const iterator = within(context, () =>
    reader.database
      .prepare<unknown[], Raw[]>(job.sql)
      .raw()
      .safeIntegers()
      .iterate(...job.parameters),
  );
  const shown = (row: Raw[]): Raw[] =>
    types === null
      ? row
      : types.map((type, at) => {
          const value = row[at] ?? null;
          return value === null ? null : type.output(value as Present, job.style);
        });
  return {
    take: (max) =>
      within(context, () => {
        const rows: Raw[][] = [];
        const most = max === 0 ? BATCH_ROWS : Math.min(max, BATCH_ROWS);
        let bytes = 0;
        while (rows.length < most && bytes < BATCH_BYTES) {
          const step = iterator.next();
          if (step.done === true) return { rows, done: true };
          const row = shown(step.value);
          for (const value of row) bytes += typeof value === "string" || Buffer.isBuffer(value) ? value.length + 16 : 16;
          rows.push(row);
        }
        return { rows, done: false };
      }),
    close: () => {
      iterator.return?.();
    },
  };
}

let running: Running | null = null;

function answer(message: FromWorker): void {
  process.send?.(message);
}

function end(): void {
  running?.close();
  running = null;
}

process.on("message", (message: ToWorker) => {
  try {
    switch (message.kind) {
      case "start":
        end();
        running = start(message);
        answer({ kind: "started" });
        break;
      case "next": {
        const batch = running?.take(message.max) ?? { rows: [], done: true };
        if (batch.done) end();
        answer({ kind: "rows", ...batch });
        break;
      }
      case "close":
        end();
        break;
    }
  } catch (thrown) {
    end();
    answer({ kind: "failed", error: toSqlError(thrown).fields });
  }
});
// The server is gone: nobody will ask any more.
process.on("disconnect", () => process.exit(0));
answer({ kind: "ready" });
