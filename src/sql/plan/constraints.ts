// The keys of a table: what ON CONFLICT may name and what INSERT and UPDATE must keep unique.
import type { TableInfo } from "../../state/store.ts";

export interface KeyConstraint {
  readonly name: string;
  readonly columns: readonly string[];
  /** True when the document id is this key (or made of it), so that the id alone decides. */
  readonly isId: boolean;
}

export function constraintsOf(table: TableInfo): KeyConstraint[] {
  const { definition, name } = table;
  const primary = definition?.primaryKey ?? null;
  const keys: KeyConstraint[] = [{ name: primary?.name ?? `${name}_pkey`, columns: primary?.columns ?? ["id"], isId: true }];
  for (const unique of definition?.unique ?? []) keys.push({ name: unique.name, columns: unique.columns, isId: false });
  return keys;
}

/** The document id of a key of several columns: their texts with commas between. */
export function joinKeyTexts(texts: readonly string[]): string {
  return texts.length === 1 ? (texts[0] ?? "") : texts.map((text) => text.replace(/[\\,]/g, "\\$&")).join(",");
}

/** The inverse of joinKeyTexts. */
export function splitKeyTexts(id: string, columns: number): string[] {
  if (columns === 1) return [id];
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < id.length; at++) {
    if (id[at] === "\\") part += id[++at] ?? "";
    else if (id[at] === ",") {
      parts.push(part);
      part = "";
    } else part += id[at];
  }
  parts.push(part);
  return parts;
}
