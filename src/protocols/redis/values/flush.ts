// FLUSHDB and FLUSHALL: every key is deleted, which is a commit like any other. There is one database, so both are the same.
import type { WriteTx } from "../../../core/contract.ts";
import type { Words } from "../command.ts";
import { syntaxError } from "../refusals.ts";
import { OK, type Reply } from "../reply.ts";
import { word } from "./arguments.ts";

export const FLUSH_WORDS: Words = { operation: "delete-document", message: "Delete all documents", flags: ["delete"] };

/** Documents deleted between two pauses. */
const SLICE = 200;

export function* deleteEverything(tx: WriteTx, args: readonly Buffer[]): Generator<void, Reply> {
  if (args.length > 1) throw syntaxError();
  if (args.length === 1 && !["SYNC", "ASYNC"].includes(word(args, 0))) throw syntaxError();
  let after: { tid: number; id: string } | null = null;
  for (;;) {
    const found: ReturnType<WriteTx["scan"]> = tx.scan(after, SLICE);
    for (const { table, version } of found) tx.delete(table, version.id);
    const last = found.at(-1);
    if (last === undefined || found.length < SLICE) return OK;
    after = { tid: last.tid, id: last.version.id };
    yield;
  }
}
