// Reads a document's history in slices, so that one answer holds a bounded number of versions and bytes.
import type { DocumentKey } from "../../base/keys.ts";
import type { Caller, HistoryItem, Tenant } from "../../core/contract.ts";

/** Versions asked of core at a time. */
const SLICE = 64;

export interface Versions {
  readonly items: readonly HistoryItem[];
  /** Whether older ones are left. */
  readonly more: boolean;
}

export interface VersionsOptions {
  /** Only versions newer than this sequence. */
  readonly since: number;
  /** Only versions older than this sequence. */
  readonly before: number | undefined;
  readonly limit: number;
  /** Bytes of documents after which the answer ends early. */
  readonly bytes: number;
}

/** Newest first. */
export async function readVersions(
  tenant: Tenant,
  caller: Caller,
  key: DocumentKey,
  options: VersionsOptions,
): Promise<Versions> {
  const items: HistoryItem[] = [];
  let bytes = 0;
  let before = options.before;
  for (;;) {
    const wanted = Math.min(SLICE, options.limit - items.length + 1);
    const slice = await tenant.history(
      caller,
      key.table,
      key.id,
      before === undefined ? { limit: wanted } : { before, limit: wanted },
    );
    for (const item of slice) {
      if (item.sequence <= options.since) return { items, more: false };
      if (items.length === options.limit || bytes >= options.bytes) return { items, more: true };
      items.push(item);
      bytes += item.version?.body.length ?? 0;
      before = item.sequence;
    }
    if (slice.length < wanted) return { items, more: false };
  }
}
