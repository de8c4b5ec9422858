// Whether two checked expressions are the same: what GROUP BY, DISTINCT and ORDER BY must know.
import type { Expression } from "./tree.ts";

function equal(a: unknown, b: unknown, key: string): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    // Printing functions are made anew for each use; what they do is told by the types around them.
    return typeof a === "function" && typeof b === "function";
  }
  if (key === "source" || key === "fn" || key === "query") return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index], ""));
  if (Buffer.isBuffer(a)) return Buffer.isBuffer(b) && a.equals(b);
  const left = Object.entries(a).filter(([name]) => name !== "at");
  const right = new Map(Object.entries(b).filter(([name]) => name !== "at"));
  return left.length === right.size && left.every(([name, value]) => right.has(name) && equal(value, right.get(name), name));
}

export function same(a: Expression, b: Expression): boolean {
  return a.kind === b.kind && a.type === b.type && equal(a, b, "");
}
