// Where a WITH RECURSIVE query may name itself: in the second part of a UNION, once, in FROM, not on the nullable side of a join.
import type { CommonTableExpr, Node, SelectStmt } from "libpg-query";
import { fail, unsupported } from "../errors.ts";

type Context = "fine" | "non-recursive" | "subquery" | "derived" | "outer join" | "INTERSECT" | "EXCEPT";

interface Reference {
  readonly at: number;
  readonly context: Context;
}

const WORDS: Readonly<Record<Exclude<Context, "fine" | "derived">, string>> = {
  "non-recursive": "within its non-recursive term",
  subquery: "within a subquery",
  "outer join": "within an outer join",
  INTERSECT: "within INTERSECT",
  EXCEPT: "within EXCEPT",
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Every place under a node that reads a table or WITH query of this name. */
function references(value: unknown, name: string, context: Context): Reference[] {
  if (Array.isArray(value)) return value.flatMap((item) => references(item, name, context));
  if (!isRecord(value)) return [];
  const node = value as Partial<Record<string, never>>;
  if (node["RangeVar"] !== undefined) {
    const { relname, schemaname, location } = node["RangeVar"] as { relname?: string; schemaname?: string; location?: number };
    return relname === name && !schemaname ? [{ at: location ?? 0, context }] : [];
  }
  if (node["SubLink"] !== undefined) return references(node["SubLink"], name, context === "fine" ? "subquery" : context);
  if (node["RangeSubselect"] !== undefined)
    return references(node["RangeSubselect"], name, context === "fine" ? "derived" : context);
  if (node["SelectStmt"] !== undefined) return inSelect(node["SelectStmt"], name, context);
  if (node["JoinExpr"] !== undefined) {
    const { jointype, larg, rarg, ...rest } = node["JoinExpr"] as { jointype?: string; larg?: unknown; rarg?: unknown };
    const left = jointype === "JOIN_RIGHT" || jointype === "JOIN_FULL" ? "outer join" : context;
    const right = jointype === "JOIN_LEFT" || jointype === "JOIN_FULL" ? "outer join" : context;
    return [
      ...references(larg, name, context === "fine" ? left : context),
      ...references(rarg, name, context === "fine" ? right : context),
      ...references(rest, name, context),
    ];
  }
  return Object.values(value).flatMap((item) => references(item, name, context));
}

function inSelect(select: SelectStmt, name: string, context: Context): Reference[] {
  const { larg, rarg, op, all, ...rest } = select;
  const hides = (select.withClause?.ctes ?? []).some((cte) => "CommonTableExpr" in cte && cte.CommonTableExpr.ctename === name);
  if (hides) return [];
  const within = (wanted: Context): Context => (context === "fine" ? wanted : context);
  const left = op === "SETOP_INTERSECT" && all ? within("INTERSECT") : context;
  const right = op === "SETOP_INTERSECT" && all ? within("INTERSECT") : op === "SETOP_EXCEPT" ? within("EXCEPT") : context;
  return [
    ...(larg === undefined ? [] : inSelect(larg, name, left)),
    ...(rarg === undefined ? [] : inSelect(rarg, name, right)),
    ...references(rest, name, context),
  ];
}

/** Whether the query reads its own name; refuses what PostgreSQL refuses of one that does. */
export function isRecursive(cte: CommonTableExpr, name: string, body: Node): boolean {
  if (references(body, name, "fine").length === 0) return false;
  const at = cte.location ?? 0;
  if (!("SelectStmt" in body))
    return fail("42P19", `recursive query "${name}" must not contain data-modifying statements`, { at });
  const { op, larg, rarg, withClause } = body.SelectStmt;
  if (op !== "SETOP_UNION" || larg === undefined || rarg === undefined) {
    return fail("42P19", `recursive query "${name}" does not have the form non-recursive-term UNION [ALL] recursive-term`, {
      at,
    });
  }
  for (const [what, node] of [
    ["ORDER BY", body.SelectStmt.sortClause?.[0]],
    ["OFFSET", body.SelectStmt.limitOffset],
    ["LIMIT", body.SelectStmt.limitCount],
    ["FOR UPDATE/SHARE", body.SelectStmt.lockingClause?.[0]],
  ] as const) {
    if (node !== undefined) fail("0A000", `${what} in a recursive query is not implemented`, { at: locationOf(node) });
  }
  const found = [
    ...inSelect(larg, name, "non-recursive"),
    ...inSelect(rarg, name, "fine"),
    ...references(withClause, name, "subquery"),
  ];
  for (const [index, reference] of found.entries()) {
    if (reference.context === "derived") unsupported("a recursive reference inside a derived table", reference.at);
    if (reference.context !== "fine") {
      const words = WORDS[reference.context as keyof typeof WORDS];
      fail("42P19", `recursive reference to query "${name}" must not appear ${words}`, { at: reference.at });
    }
    if (index > 0) fail("42P19", `recursive reference to query "${name}" must not appear more than once`, { at: reference.at });
  }
  return true;
}

/** The first location in a node. */
function locationOf(node: unknown): number {
  if (!isRecord(node)) return -1;
  const places = Object.values(node)
    .map((part) => locationOf(part))
    .filter((at) => at >= 0);
  const own = node["location"];
  if (typeof own === "number" && own >= 0) places.push(own);
  return places.length === 0 ? -1 : Math.min(...places);
}
