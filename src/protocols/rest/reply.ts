// Documents as JSON text with `"id":"table:id"` first. Bodies are spliced as text, so numbers and member order stay as they
// were written: a document is never parsed and printed again.
import type { FastifyReply } from "fastify";
import { documentText } from "../../base/document.ts";
import { parseObject, withMembers } from "../../base/json.ts";
import { joinKey } from "../../base/keys.ts";
import type { Version } from "../../state/store.ts";

export const JSON_TYPE = "application/json; charset=utf-8";
export const NDJSON_TYPE = "application/x-ndjson; charset=utf-8";

const NO_ID: ReadonlyMap<string, null> = new Map([["id", null]]);

/** The version as REST shows it: a JSON object's text on one line. */
export function versionText(version: Version): string {
  const id = `{"id":${JSON.stringify(joinKey(version.table, version.id))}`;
  let text = documentText(version.kind, version.body);
  // A Redis client may have set bytes with line ends or an `id` of their own (perhaps escaped); the key's id wins.
  const plain = (text.startsWith('{"') || text === "{}") && !/"id"|\\u00|[\r\n]/.test(text);
  if (!plain) text = withMembers(parseObject(text), NO_ID);
  return text === "{}" ? `${id}}` : `${id},${text.slice(1)}`;
}

/** Headers that carry a version. */
export function versionHeaders(reply: FastifyReply, sequence: number, commit?: string): FastifyReply {
  reply.header("ETag", `"${sequence}"`).header("X-ChronDB-Version", String(sequence));
  return commit === undefined ? reply : reply.header("X-ChronDB-Commit", commit);
}

/** Sends text that is JSON already. */
export function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type(JSON_TYPE).send(text);
}

/** An object's text from members whose values are JSON texts; undefined ones are left out. */
export function objectText(members: Readonly<Record<string, string | undefined>>): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(members)) if (value !== undefined) parts.push(`${JSON.stringify(key)}:${value}`);
  return `{${parts.join(",")}}`;
}
