// PREPARE: a query with a name, its parameters typed as said or as found. It is checked when PREPARE runs.
import type { Node, PrepareStmt } from "libpg-query";
import { resolveTypeName } from "../check/type-name.ts";
import type { PreparedStatement } from "../contract.ts";
import { fail } from "../errors.ts";
import type { NamedStatements } from "./named.ts";

export function prepareFrom(
  statement: PrepareStmt,
  text: string,
  named: NamedStatements,
  prepare: (query: Node, oids: readonly number[]) => PreparedStatement,
): void {
  const name = statement.name ?? "";
  if (name === "") fail("26000", "invalid statement name: must not be empty");
  if (statement.query === undefined) return fail("42601", "PREPARE needs a statement");
  const oids = (statement.argtypes ?? []).map((node) =>
    "TypeName" in node ? resolveTypeName(node.TypeName).type.oid : fail("42601", "PREPARE's parameters need types"),
  );
  named.add(name, prepare(statement.query, oids), text);
}
