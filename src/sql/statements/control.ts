// The statements that are about the session rather than about data: transactions, settings, and what drivers send to tidy up.
import type { CopyStmt, FetchStmt, Node, PrepareStmt } from "libpg-query";
import { quoteIdentifier } from "../catalog/quote.ts";
import type { SqlColumn } from "../contract.ts";
import { fail, unsupported } from "../errors.ts";
import type { Parsed } from "../parse/parser.ts";
import { SETTING_BY_NAME } from "../settings/table.ts";
import { OID } from "../types/index.ts";
import { type CursorOptions, cursorOptions } from "./cursors.ts";

export type Control = { readonly columns?: readonly SqlColumn[] } & (
  | { readonly kind: "begin"; readonly readOnly: boolean | null; readonly tag: string }
  | { readonly kind: "commit" | "rollback"; readonly chain: boolean }
  | { readonly kind: "savepoint" | "release" | "rollback-to"; readonly name: string }
  /** `value` null: back to the default. */
  | {
      readonly kind: "set";
      readonly name: string;
      readonly value: string | null;
      readonly local: boolean;
      readonly isReset: boolean;
    }
  | { readonly kind: "set-transaction"; readonly readOnly: boolean | null }
  | { readonly kind: "reset-all" }
  | { readonly kind: "discard-all" }
  | { readonly kind: "show-all" }
  | { readonly kind: "show"; readonly name: string }
  | { readonly kind: "prepare"; readonly statement: PrepareStmt }
  /** `name` null: all. */
  | { readonly kind: "deallocate" | "close-cursor" | "unlisten"; readonly name: string | null }
  | { readonly kind: "declare"; readonly options: CursorOptions; readonly query: Node }
  /** `binary` and `columns` are the cursor's, where there is one. */
  | { readonly kind: "fetch"; readonly statement: FetchStmt; readonly binary: boolean }
  | { readonly kind: "copy"; readonly statement: CopyStmt }
  | { readonly kind: "listen"; readonly channel: string }
  | { readonly kind: "notify"; readonly channel: string; readonly payload: string }
  /** Nothing to do, and that is the right answer. */
  | { readonly kind: "nothing"; readonly tag: string }
);

type Inner<Name extends string> = Node extends infer Each ? (Each extends { [key in Name]: infer Body } ? Body : never) : never;

const textColumn = (name: string): SqlColumn => ({
  name,
  typeOid: OID.text,
  typmod: -1,
  typeLength: -1,
  tableOid: 0,
  attribute: 0,
});

/** The session statement a text is; null when it is one to plan. Throws 0A000, 26000. */
export function readControl({ node }: Parsed): Control | null {
  if ("TransactionStmt" in node) return transaction(node.TransactionStmt);
  if ("VariableSetStmt" in node) return setting(node.VariableSetStmt);
  if ("VariableShowStmt" in node) return show(node.VariableShowStmt.name ?? "");
  if ("DiscardStmt" in node) {
    return node.DiscardStmt.target === "DISCARD_ALL"
      ? { kind: "discard-all" }
      : { kind: "nothing", tag: `DISCARD ${String(node.DiscardStmt.target).slice(8)}` };
  }
  if ("PrepareStmt" in node) return { kind: "prepare", statement: node.PrepareStmt };
  if ("DeallocateStmt" in node) return { kind: "deallocate", name: node.DeallocateStmt.name ?? null };
  if ("DeclareCursorStmt" in node) {
    const { query } = node.DeclareCursorStmt;
    if (query === undefined) return fail("42601", "DECLARE needs a query");
    return { kind: "declare", options: cursorOptions(node.DeclareCursorStmt), query };
  }
  if ("FetchStmt" in node) return { kind: "fetch", statement: node.FetchStmt, binary: false };
  if ("ClosePortalStmt" in node) return { kind: "close-cursor", name: node.ClosePortalStmt.portalname ?? null };
  if ("CopyStmt" in node) return { kind: "copy", statement: node.CopyStmt };
  if ("ListenStmt" in node) return { kind: "listen", channel: node.ListenStmt.conditionname ?? "" };
  if ("UnlistenStmt" in node) return { kind: "unlisten", name: node.UnlistenStmt.conditionname ?? null };
  if ("NotifyStmt" in node) {
    return { kind: "notify", channel: node.NotifyStmt.conditionname ?? "", payload: node.NotifyStmt.payload ?? "" };
  }
  return null;
}

/** What a read-only transaction calls a statement it refuses. */
const COMMANDS: Readonly<Record<string, string>> = {
  InsertStmt: "INSERT",
  UpdateStmt: "UPDATE",
  DeleteStmt: "DELETE",
  MergeStmt: "MERGE",
  CreateStmt: "CREATE TABLE",
  DropStmt: "DROP TABLE",
  TruncateStmt: "TRUNCATE TABLE",
  SelectStmt: "SELECT",
  ExecuteStmt: "EXECUTE",
};

export function commandName(node: Node): string {
  const [kind = ""] = Object.keys(node);
  return COMMANDS[kind] ?? "this statement";
}

/** Modes of BEGIN and SET TRANSACTION: whether it only reads. Refuses an isolation that is not given. */
function readOnlyOf(options: readonly Node[]): boolean | null {
  let readOnly: boolean | null = null;
  for (const option of options) {
    if (!("DefElem" in option)) continue;
    const { defname, arg } = option.DefElem;
    const constant = arg !== undefined && "A_Const" in arg ? arg.A_Const : undefined;
    if (defname === "transaction_read_only") readOnly = (constant?.ival?.ival ?? 0) === 1;
    if (defname === "transaction_isolation") {
      const level = constant?.sval?.sval ?? "";
      if (level !== "read committed" && level !== "read uncommitted") {
        return fail("0A000", `isolation level ${level.toUpperCase()} is not supported by ChronDB yet`, {
          hint: "Use READ COMMITTED: every statement sees one snapshot, and COMMIT fails with 40001 when a row was changed meanwhile.",
        });
      }
    }
  }
  return readOnly;
}

function transaction(statement: Inner<"TransactionStmt">): Control {
  switch (statement.kind) {
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START": {
      const tag = statement.kind === "TRANS_STMT_BEGIN" ? "BEGIN" : "START TRANSACTION";
      return { kind: "begin", readOnly: readOnlyOf(statement.options ?? []), tag };
    }
    case "TRANS_STMT_COMMIT":
      return { kind: "commit", chain: statement.chain ?? false };
    case "TRANS_STMT_ROLLBACK":
      return { kind: "rollback", chain: statement.chain ?? false };
    case "TRANS_STMT_SAVEPOINT":
      return { kind: "savepoint", name: statement.savepoint_name ?? "" };
    case "TRANS_STMT_RELEASE":
      return { kind: "release", name: statement.savepoint_name ?? "" };
    case "TRANS_STMT_ROLLBACK_TO":
      return { kind: "rollback-to", name: statement.savepoint_name ?? "" };
    default:
      return unsupported("two-phase commit");
  }
}

/** The text of one value of SET. */
function argument(node: Node): string {
  if ("A_Const" in node) {
    const { sval, ival, fval, boolval } = node.A_Const;
    if (sval !== undefined) return sval.sval ?? "";
    if (fval !== undefined) return fval.fval ?? "";
    if (boolval !== undefined) return boolval.boolval ? "on" : "off";
    return String(ival?.ival ?? 0);
  }
  // SET TIME ZONE INTERVAL '+02:00' …
  if ("TypeCast" in node && node.TypeCast.arg !== undefined) return argument(node.TypeCast.arg);
  return unsupported("this form of SET");
}

function setting(statement: Inner<"VariableSetStmt">): Control {
  const name = statement.name ?? "";
  const local = statement.is_local ?? false;
  switch (statement.kind) {
    case "VAR_SET_VALUE": {
      const given = (statement.args ?? []).map(argument);
      // A list of names is kept as names are written.
      const value = (name === "search_path" ? given.map(quoteIdentifier) : given).join(", ");
      return { kind: "set", name, value, local, isReset: false };
    }
    case "VAR_SET_DEFAULT":
      return { kind: "set", name, value: null, local, isReset: false };
    case "VAR_RESET":
      return { kind: "set", name, value: null, local: false, isReset: true };
    case "VAR_RESET_ALL":
      return { kind: "reset-all" };
    case "VAR_SET_MULTI":
      if (name === "TRANSACTION" || name === "SESSION CHARACTERISTICS") {
        const readOnly = readOnlyOf(statement.args ?? []);
        if (name === "TRANSACTION") return { kind: "set-transaction", readOnly };
        if (readOnly === null) return { kind: "nothing", tag: "SET" };
        return {
          kind: "set",
          name: "default_transaction_read_only",
          value: readOnly ? "on" : "off",
          local: false,
          isReset: false,
        };
      }
      return unsupported(`SET ${name}`);
    default:
      return unsupported(`SET ${name} FROM CURRENT`);
  }
}

function show(name: string): Control {
  if (name === "all")
    return { kind: "show-all", columns: [textColumn("name"), textColumn("setting"), textColumn("description")] };
  return { kind: "show", name, columns: [textColumn(SETTING_BY_NAME.get(name.toLowerCase())?.name ?? name)] };
}
