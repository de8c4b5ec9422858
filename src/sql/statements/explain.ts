// EXPLAIN: what is true of how ChronDB runs a statement, in words of its own. No costs are made up.
import type { ExplainStmt, Node } from "libpg-query";
import type { FromNode, Query } from "../check/tree.ts";
import type { SqlColumn } from "../contract.ts";
import { fail, unsupported } from "../errors.ts";
import type { Plan } from "../execute/contract.ts";
import { RowsCursor } from "../execute/cursor.ts";
import { OID } from "../types/index.ts";

const COLUMNS: readonly SqlColumn[] = [
  { name: "QUERY PLAN", typeOid: OID.text, typmod: -1, typeLength: -1, tableOid: 0, attribute: 0 },
];

function lines(query: Query, depth: number): string[] {
  const indent = depth === 0 ? "" : `${"  ".repeat(depth)}->  `;
  const { body } = query;
  if (body.kind === "values") return [`${indent}Values (${body.rows.length} rows)`];
  if (body.kind === "set") {
    return [
      `${indent}${body.operator.toUpperCase()}${body.all ? " ALL" : ""}`,
      ...lines(body.left, depth + 1),
      ...lines(body.right, depth + 1),
    ];
  }
  const steps: string[] = [];
  let level = depth;
  const step = (text: string): void => {
    steps.push(`${level === 0 ? "" : `${"  ".repeat(level)}->  `}${text}`);
    level++;
  };
  if (query.limit !== null || query.offset !== null) step("Limit");
  if (query.order.length > 0) step("Sort");
  if (body.distinct || body.distinctOn.length > 0) step("Unique");
  if (body.grouped) step(body.group.length > 0 ? "GroupAggregate" : "Aggregate");
  if (body.from.length === 0) step("Result");
  for (const node of body.from) steps.push(...fromLines(node, level));
  return steps;
}

function fromLines(node: FromNode, depth: number): string[] {
  const indent = depth === 0 ? "" : `${"  ".repeat(depth)}->  `;
  if (node.kind === "join") {
    return [
      `${indent}${node.join[0]?.toUpperCase()}${node.join.slice(1)} Join`,
      ...fromLines(node.left, depth + 1),
      ...fromLines(node.right, depth + 1),
    ];
  }
  const { source } = node;
  switch (source.kind) {
    case "table":
      return [`${indent}Scan on ${source.table.name}${source.name === source.table.name ? "" : ` ${source.name}`}`];
    case "system":
      return [`${indent}Catalogue rows of ${source.relation.name}`];
    case "function":
      return [`${indent}Function Scan on ${source.fn.name}`];
    case "fetched":
      return [`${indent}History of ${source.fetch.name}`];
    case "cte":
      return [`${indent}CTE Scan on ${source.cte.name}`];
    case "query":
      return [`${indent}Subquery Scan`, ...lines(source.query, depth + 1)];
  }
}

export function planExplain(node: ExplainStmt, planOf: (node: Node) => Plan): Plan {
  for (const option of node.options ?? []) {
    const name = "DefElem" in option ? (option.DefElem.defname ?? "") : "";
    if (name !== "verbose" && name !== "costs") unsupported(`EXPLAIN ${name.toUpperCase()}`);
  }
  const inner = planOf(node.query ?? fail("42601", "EXPLAIN needs a statement"));
  return {
    parameterOids: inner.parameterOids,
    columns: COLUMNS,
    access: "read",
    isCurrent: (catalog) => inner.isCurrent(catalog),
    run: () => {
      const text = isSelect(inner)
        ? [
            ...lines(inner.select.parts.query, 0),
            `Runs: ${inner.select.parts.small ? "on the main thread" : "in a query worker"}`,
          ]
        : [inner.access === "write" ? "Change of documents" : "Statement"];
      return new RowsCursor(
        COLUMNS,
        text.map((line) => [line]),
        "EXPLAIN",
      );
    },
  };
}

interface WithSelect extends Plan {
  readonly select: { readonly parts: { readonly query: Query; readonly small: boolean } };
}

function isSelect(plan: Plan): plan is WithSelect {
  return "select" in plan;
}
