// What changed between two versions of a document, member by member of the outermost object.
import { type JsonObject, memberText, parseObject } from "../../base/json.ts";

/** Each a JSON object's text: `added` and `removed` map a field to its value, `changed` to {"old":…,"new":…}. */
export interface DocumentDiff {
  readonly added: string;
  readonly removed: string;
  readonly changed: string;
}

const EMPTY: JsonObject = { text: "{}", members: [] };

/** Compares the texts of two versions (see base/document.ts documentText); undefined = no document. Values stay as written. */
export function diffDocuments(before: string | undefined, after: string | undefined): DocumentDiff {
  const old = before === undefined ? EMPTY : parseObject(before);
  const now = after === undefined ? EMPTY : parseObject(after);
  const added: string[] = [];
  const removed: string[] = [];
  const changed: string[] = [];
  for (const { key, start, end } of now.members) {
    const value = now.text.slice(start, end);
    const was = memberText(old, key);
    if (was === undefined) added.push(`${JSON.stringify(key)}:${value}`);
    else if (was !== value) changed.push(`${JSON.stringify(key)}:{"old":${was},"new":${value}}`);
  }
  for (const { key, start, end } of old.members) {
    if (memberText(now, key) === undefined) removed.push(`${JSON.stringify(key)}:${old.text.slice(start, end)}`);
  }
  const object = (members: string[]): string => `{${members.join(",")}}`;
  return { added: object(added), removed: object(removed), changed: object(changed) };
}
