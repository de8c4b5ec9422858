// Pages of documents over all tables, in the byte order of table, then id. A prefix is a prefix of the key (`user:`, `user:1`,
// `us`); a page continues after the key of the last document of the one before.
import { DEFAULT_TABLE, type DocumentKey } from "../../base/keys.ts";
import type { ReadView } from "../../core/contract.ts";
import type { Version } from "../../state/store.ts";
import { versionText } from "./reply.ts";

export interface PageOptions {
  readonly prefix: string;
  /** Exclusive. */
  readonly after: DocumentKey | null;
  readonly limit: number;
  /** Bytes of text after which a page ends early. */
  readonly bytes: number;
}

export interface Page {
  /** JSON texts. */
  readonly documents: readonly string[];
  /** The last document; null when there is none. */
  readonly last: DocumentKey | null;
  /** Whether documents are left. */
  readonly more: boolean;
  /** Characters of the texts. */
  readonly bytes: number;
}

/** Versions read from state at a time. */
const CHUNK = 100;

export function readPage(view: ReadView, options: PageOptions): Page {
  const documents: string[] = [];
  let last: DocumentKey | null = null;
  let bytes = 0;
  for (const { table, prefix } of tablesOf(view, options.prefix)) {
    const order = options.after === null ? 1 : byteOrder(table, options.after.table);
    if (order < 0) continue;
    let after: string | undefined = order === 0 ? options.after?.id : undefined;
    for (;;) {
      const room = options.limit - documents.length;
      // One more than fits tells whether anything is left.
      const wanted = Math.min(CHUNK, room + 1);
      const versions: Version[] = view.list(table, {
        limit: wanted,
        ...(prefix === "" ? {} : { prefix }),
        ...(after === undefined ? {} : { after }),
      });
      for (const version of versions) {
        if (documents.length === options.limit || bytes >= options.bytes) return { documents, last, more: true, bytes };
        const text = versionText(version);
        bytes += text.length;
        documents.push(text);
        last = { table, id: version.id };
        after = version.id;
      }
      if (versions.length < wanted) break;
    }
  }
  return { documents, last, more: false, bytes };
}

/** The tables that may hold keys with this prefix, and what is left of the prefix for their ids. */
function tablesOf(view: ReadView, prefix: string): { table: string; prefix: string }[] {
  const found: { table: string; prefix: string }[] = [];
  for (const table of view.catalog().tables.keys()) {
    if (table === DEFAULT_TABLE) found.push({ table, prefix });
    else if (`${table}:`.startsWith(prefix)) found.push({ table, prefix: "" });
    else if (prefix.startsWith(`${table}:`)) found.push({ table, prefix: prefix.slice(table.length + 1) });
  }
  return found.sort((a, b) => byteOrder(a.table, b.table));
}

function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
