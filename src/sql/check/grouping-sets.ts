// GROUPING SETS, ROLLUP and CUBE: every row of FROM is taken once for each set, numbered, and grouped by the number and the
// expressions of that set. A set of nothing has its row even when FROM has none, so the numbers are LEFT JOINed to FROM.
import type { GroupingSet, Node } from "libpg-query";
import { fail } from "../errors.ts";
import { OID } from "../types/index.ts";
import { rewrite } from "./rewrite.ts";
import { same } from "./same.ts";
import type { Aggregate, Expression, Grouping, GroupingSets } from "./tree.ts";

/** What PostgreSQL allows. */
const CUBE_MAXIMUM = 12;
const SETS_MAXIMUM = 4096;

export interface GroupClause {
  readonly group: readonly Expression[];
  /** Which of `group` each set has; one set of all for a plain GROUP BY. */
  readonly list: readonly (readonly number[])[];
  readonly written: boolean;
}

/** Reads a GROUP BY clause; `check` makes the expression of one item. */
export function readGroupClause(nodes: readonly Node[], distinct: boolean, check: (node: Node) => Expression): GroupClause {
  const group: Expression[] = [];
  const indexOf = (node: Node): number => {
    const expression = check(node);
    const known = group.findIndex((other) => same(other, expression));
    return known === -1 ? group.push(expression) - 1 : known;
  };
  /** `(a, b)` means two expressions, not a row. */
  const simple = (node: Node): number[] =>
    "RowExpr" in node && node.RowExpr.row_format === "COERCE_IMPLICIT_CAST"
      ? (node.RowExpr.args ?? []).flatMap(simple)
      : [indexOf(node)];
  const setsOf = (node: Node): number[][] => ("GroupingSet" in node ? expand(node.GroupingSet) : [simple(node)]);
  const expand = (set: GroupingSet): number[][] => {
    const content = set.content ?? [];
    const at = set.location ?? -1;
    switch (set.kind) {
      case "GROUPING_SET_EMPTY":
        return [[]];
      case "GROUPING_SET_ROLLUP": {
        const parts = content.map(simple);
        return [...parts.keys(), parts.length].reverse().map((length) => parts.slice(0, length).flat());
      }
      case "GROUPING_SET_CUBE": {
        if (content.length > CUBE_MAXIMUM) fail("54011", `CUBE is limited to ${CUBE_MAXIMUM} elements`, { at });
        let sets: number[][] = [[]];
        for (const part of content.map(simple).reverse()) sets = sets.map((set_) => [...part, ...set_]).concat(sets);
        return sets;
      }
      case "GROUPING_SET_SETS":
        return content.flatMap(setsOf);
      default:
        return [content.flatMap(simple)];
    }
  };
  let list: number[][] = [[]];
  for (const node of nodes) {
    const sets = setsOf(node);
    list = list.flatMap((left) => sets.map((right) => [...left, ...right]));
    if (list.length > SETS_MAXIMUM) fail("54001", `too many grouping sets present (maximum ${SETS_MAXIMUM})`);
  }
  list = list.map((set) => [...new Set(set)].sort((a, b) => a - b));
  if (distinct) list = [...new Map(list.map((set) => [set.join(), set])).values()];
  return { group, list, written: nodes.length > 0 };
}

/** The expressions every set has. */
export function commonOf({ group, list }: GroupClause): Expression[] {
  return group.filter((_, at) => list.every((set) => set.includes(at)));
}

/** Brings an expression of the target list, HAVING or ORDER BY to its form over grouping sets. */
export function overSets(
  expression: Expression,
  clause: GroupClause,
  sets: GroupingSets | null,
  aggregates: readonly Aggregate[],
  groupings: readonly Grouping[],
): Expression {
  const alias = sets?.alias ?? "";
  return rewrite(expression, (part) => {
    if (part.kind === "grouping" && groupings.includes(part)) return numbered(part, clause, alias);
    if (sets === null) return part.kind === "aggregate" ? part : null;
    const at = clause.group.findIndex((item) => same(item, part));
    if (at !== -1) {
      const having = clause.list.flatMap((set, index) => (set.includes(at) ? [index] : []));
      const { type, typmod } = part;
      return {
        kind: "grouped",
        arg: part,
        alias,
        sets: having.length === clause.list.length ? null : having,
        type,
        typmod,
        at: part.at,
      };
    }
    if (part.kind !== "aggregate" || !aggregates.includes(part)) return null;
    const present: Expression = { kind: "present", alias, type: OID.bool, typmod: -1, at: -1 };
    const filter: Expression =
      part.filter === null ? present : { kind: "and", args: [present, part.filter], type: OID.bool, typmod: -1, at: -1 };
    return { ...part, filter };
  });
}

function numbered(part: Grouping, { group, list }: GroupClause, alias: string): Grouping {
  const places = part.args.map((arg) => {
    const at = group.findIndex((item) => same(item, arg));
    if (at === -1) {
      return fail("42803", "arguments to GROUPING must be grouping expressions of the associated query level", { at: arg.at });
    }
    return at;
  });
  const values = list.map((set) => places.reduce((bits, at) => bits * 2 + (set.includes(at) ? 0 : 1), 0));
  return { ...part, values, alias };
}
