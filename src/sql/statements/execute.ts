// EXECUTE: the arguments are expressions, brought to the types the prepared statement wants as an assignment would, and read
// before it runs. So the plan of EXECUTE is the prepared one's with its parameters filled in.
import type { ExecuteStmt, Node } from "libpg-query";
import { Checker, type Surroundings } from "../check/checker.ts";
import { settle, tryCoerce } from "../check/coerce.ts";
import { checkExpression } from "../check/expression.ts";
import { Scope } from "../check/scope.ts";
import { type Expression, Parameters, type Query } from "../check/tree.ts";
import type { SqlText } from "../contract.ts";
import { fail } from "../errors.ts";
import type { Plan, StatementRun } from "../execute/contract.ts";
import { Select } from "../execute/select.ts";
import { describe } from "../plan/index.ts";
import { showType } from "../types/index.ts";

/** `inner`: the prepared statement's plan; `isSame`: whether its name still means it. */
export function planExecute(statement: ExecuteStmt, inner: Plan, isSame: () => boolean, around: Surroundings): Plan {
  const given: readonly Node[] = statement.params ?? [];
  const wanted = inner.parameterOids;
  if (given.length !== wanted.length) {
    fail("42601", `wrong number of parameters for prepared statement "${statement.name ?? ""}"`, {
      detail: `Expected ${wanted.length} parameters but got ${given.length}.`,
    });
  }
  const values = given.length === 0 ? null : argumentsOf(given, wanted, around);
  return {
    parameterOids: [],
    columns: inner.columns,
    access: inner.access,
    isCurrent: (catalog) => isSame() && inner.isCurrent(catalog),
    run: (run, _) => inner.run(run, values?.(run) ?? []),
  };
}

function argumentsOf(
  nodes: readonly Node[],
  wanted: readonly number[],
  around: Surroundings,
): (run: StatementRun) => readonly SqlText[] {
  const checker = new Checker(around, new Parameters([]));
  const scope = new Scope(null);
  scope.forbidAggregates = "aggregate functions are not allowed in EXECUTE parameters";
  scope.forbidWindows = "window functions are not allowed in EXECUTE parameters";
  const values = nodes.map((node, at): Expression => {
    if ("SubLink" in node) return fail("0A000", "cannot use subquery in EXECUTE parameter", { at: node.SubLink.location });
    const expression = checkExpression(node, scope, checker);
    const type = wanted[at] ?? 0;
    const coerced = tryCoerce(expression, type, -1, "assignment", checker.parameters);
    if (coerced !== null) return settle(coerced, checker.parameters);
    return fail(
      "42804",
      `parameter $${at + 1} of type ${showType(expression.type)} cannot be coerced to the expected type ${showType(type)}`,
      { hint: "You will need to rewrite or cast the expression.", at: expression.at },
    );
  });
  if (checker.parameters.oids.length > 0) fail("42P02", "there is no parameter $1");
  const columns = values.map((value, at) => ({ name: `a${at + 1}`, type: value.type, typmod: value.typmod }));
  const query: Query = {
    ctes: [],
    body: {
      kind: "select",
      targets: values.map((expression, at) => ({ name: `a${at + 1}`, expression })),
      from: [],
      where: null,
      group: [],
      grouped: false,
      having: null,
      distinct: false,
      distinctOn: [],
    },
    columns,
    order: [],
    limit: null,
    offset: null,
  };
  const select = new Select({
    query,
    columns: describe(query),
    parameterOids: [],
    tables: [],
    small: true,
    usesCatalog: checker.usesCatalog,
  });
  return (run) => select.runNow(run, []).rows[0] ?? [];
}
