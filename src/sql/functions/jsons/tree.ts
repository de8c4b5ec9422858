// Looking into JSON trees and changing them.
import { fail } from "../../errors.ts";
import { type Json, jsonbKey, printCompact, printJsonb } from "../../types/json-tree.ts";

export function memberOf(value: Json, key: string): Json | undefined {
  return value.kind === "object" ? value.members.findLast(([name]) => name === key)?.[1] : undefined;
}

export function elementAt(value: Json, index: number): Json | undefined {
  return value.kind === "array" ? value.items.at(index) : undefined;
}

export function pathOf(value: Json, path: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const step of path) {
    if (at === undefined) return undefined;
    at = at.kind === "array" ? (/^-?\d+$/.test(step) ? at.items.at(Number(step)) : undefined) : memberOf(at, step);
  }
  return at;
}

/** What ->> answers: strings bare, JSON null as SQL NULL. */
export function textOfJson(value: Json | undefined, canonical: boolean): string | null {
  if (value === undefined || value.kind === "null") return null;
  if (value.kind === "string") return value.value;
  return canonical ? printJsonb(value) : printCompact(value);
}

const sameJson = (a: Json, b: Json): boolean => jsonbKey(a) === jsonbKey(b);
const isScalar = (value: Json): boolean => value.kind !== "array" && value.kind !== "object";

/** jsonb's @>. At the top an array contains a bare scalar. */
export function containsJson(a: Json, b: Json, top: boolean): boolean {
  if (a.kind === "object" && b.kind === "object") {
    return b.members.every(([key, wanted]) => {
      const found = memberOf(a, key);
      return found !== undefined && containsJson(found, wanted, false);
    });
  }
  if (a.kind === "array" && b.kind === "array") {
    return b.items.every((wanted) =>
      a.items.some((item) => (isScalar(wanted) ? sameJson(item, wanted) : containsJson(item, wanted, false))),
    );
  }
  if (top && a.kind === "array" && isScalar(b)) return a.items.some((item) => sameJson(item, b));
  return isScalar(a) && isScalar(b) && sameJson(a, b);
}

export function hasKey(value: Json, key: string): boolean {
  if (value.kind === "object") return memberOf(value, key) !== undefined;
  if (value.kind === "array") return value.items.some((item) => item.kind === "string" && item.value === key);
  return value.kind === "string" && value.value === key;
}

/** Removes what a path leads to. `byName`: a step into an array removes equal strings instead of a position. */
export function deletePath(value: Json, path: readonly string[], byName: boolean): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (value.kind === "object") {
    const members = value.members.flatMap(([key, member]): [string, Json][] => {
      if (key !== step) return [[key, member]];
      return rest.length === 0 ? [] : [[key, deletePath(member, rest, byName)]];
    });
    return { kind: "object", members };
  }
  if (value.kind === "array") {
    if (byName) return { kind: "array", items: value.items.filter((item) => !(item.kind === "string" && item.value === step)) };
    const index = positionOf(step, value.items.length);
    const items = value.items.flatMap((item, at) =>
      at !== index ? [item] : rest.length === 0 ? [] : [deletePath(item, rest, byName)],
    );
    return { kind: "array", items };
  }
  return fail("22023", "cannot delete from scalar");
}

function positionOf(step: string, length: number): number {
  if (!/^-?\d+$/.test(step)) return fail("22P02", `path element is not an integer: "${step}"`);
  const index = Number(step);
  return index < 0 ? length + index : index;
}

/** jsonb_set and jsonb_insert. */
export function setPath(
  value: Json,
  path: readonly string[],
  change: Json,
  create: boolean,
  insert: "no" | "before" | "after",
): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (value.kind === "object") {
    const present = value.members.some(([key]) => key === step);
    if (!present) return rest.length > 0 || !create ? value : { kind: "object", members: [...value.members, [step, change]] };
    if (rest.length === 0 && insert !== "no") {
      return fail("22023", "cannot replace existing key", { hint: "Try using the function jsonb_set to replace key value." });
    }
    const members = value.members.map(([key, member]): [string, Json] =>
      key === step ? [key, rest.length === 0 ? change : setPath(member, rest, change, create, insert)] : [key, member],
    );
    return { kind: "object", members };
  }
  if (value.kind === "array") {
    const index = positionOf(step, value.items.length);
    const items = [...value.items];
    if (rest.length > 0) {
      const at = items[index];
      if (at !== undefined) items[index] = setPath(at, rest, change, create, insert);
    } else if (insert !== "no") items.splice(Math.max(0, insert === "after" ? index + 1 : index), 0, change);
    else if (index >= 0 && index < items.length) items[index] = change;
    else if (create) {
      if (index < 0) items.unshift(change);
      else items.push(change);
    }
    return { kind: "array", items };
  }
  return rest.length === 0 && isScalar(value) ? fail("22023", "cannot set path in scalar") : value;
}

/** jsonb's ||: members of two objects, else the items of both. */
export function joinJson(a: Json, b: Json): Json {
  if (a.kind === "object" && b.kind === "object") return { kind: "object", members: [...a.members, ...b.members] };
  const items = (value: Json): readonly Json[] => (value.kind === "array" ? value.items : [value]);
  return { kind: "array", items: [...items(a), ...items(b)] };
}
