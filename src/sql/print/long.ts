// What is too long for SQLite as it is written: chains of OR, arrays of many elements.
import type { Expression } from "../check/tree.ts";
import { OID } from "../types/index.ts";

/** Terms of AND and OR, and arguments of a call, that are written side by side. */
export const FLAT = 100;

/** `a = 1 OR a = 2 …` as `a IN (1, 2 …)`. */
export function gathered(args: readonly Expression[]): Expression[] {
  const lists = new Map<string, { left: Expression; items: Expression[] }>();
  const rest: Expression[] = [];
  for (const arg of args) {
    const plain = arg.kind === "compare" && arg.operator === "=" && arg.left.kind === "column" && arg.right.kind === "constant";
    if (!plain || arg.left.kind !== "column") {
      rest.push(arg);
      continue;
    }
    const key = `${arg.left.source.alias}.${arg.left.index}:${arg.left.type}:${arg.right.type}`;
    const list = lists.get(key) ?? { left: arg.left, items: [] };
    list.items.push(arg.right);
    lists.set(key, list);
  }
  for (const { left, items } of lists.values())
    rest.push({ kind: "in", left, items, negated: false, type: OID.bool, typmod: -1, at: -1 });
  return rest;
}

/** An array of its elements; SQLite's functions take only so many arguments. */
export function arrayText(element: number, nested: number, items: readonly string[]): string {
  if (items.length <= FLAT) return `pg_array(${[element, nested, ...items].join(", ")})`;
  let parts: string[] = [];
  for (let at = 0; at < items.length; at += FLAT)
    parts.push(`pg_array(${[element, nested, ...items.slice(at, at + FLAT)].join(", ")})`);
  while (parts.length > 1) {
    const joined: string[] = [];
    for (let at = 0; at < parts.length; at += FLAT)
      joined.push(`pg_array_join(${[element, ...parts.slice(at, at + FLAT)].join(", ")})`);
    parts = joined;
  }
  return parts[0] ?? "";
}
