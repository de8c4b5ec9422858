// The versions of a document, newest first, with deletions as items of their own. Answered from state, never by walking git;
// only the commit hashes come from the archive.
import type { StateReader } from "../state/store.ts";
import type { HistoryItem } from "./contract.ts";

export async function historyItems(
  reader: StateReader,
  commitOf: (sequence: number) => Promise<string>,
  table: string,
  id: string,
  options: { before?: number; limit: number },
): Promise<HistoryItem[]> {
  const found: Pick<HistoryItem, "sequence" | "version">[] = [];
  let newer = options.before ?? Number.POSITIVE_INFINITY;
  for (const version of reader.history(table, id, options)) {
    // A version that ended without the next one starting there was deleted there.
    if (version.to !== null && version.to < newer) found.push({ sequence: version.to, version: undefined });
    found.push({ sequence: version.from, version });
    newer = version.from;
  }
  return Promise.all(
    found.slice(0, options.limit).map(async (item) => {
      const head = reader.head(item.sequence);
      return {
        ...item,
        commit: await commitOf(item.sequence),
        micros: head?.time ?? 0,
        message: head?.message ?? "",
        user: head?.user ?? "",
        origin: head?.origin ?? "",
        flags: head?.flags ?? [],
      };
    }),
  );
}
