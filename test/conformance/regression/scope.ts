// What issue 3 leaves out of the count: views, CHECKs, foreign keys, triggers, EXPLAIN output, functions in C or PL/pgSQL, and
// whatever names an object that one of those made.
import type { Node } from "libpg-query";
import { parseSync } from "libpg-query";

type Tree = { readonly [key: string]: unknown };

const LEFT_OUT: Readonly<Record<string, string>> = {
  ViewStmt: "a view",
  RuleStmt: "a rule (of views)",
  CreateTrigStmt: "a trigger",
  CreateEventTrigStmt: "a trigger",
  ExplainStmt: "EXPLAIN",
  DoStmt: "a PL/pgSQL block",
};
const LANGUAGES: ReadonlySet<string> = new Set(["c", "internal", "plpgsql"]);

/** The names an excluded statement leaves behind, and what is said of a statement. */
export class Scope {
  readonly #excluded = new Map<string, string>();

  /** Why a statement does not count; null when it does. */
  judge(text: string): string | null {
    const nodes = statementsOf(text);
    let reason: string | null = null;
    for (const node of nodes) {
      const [kind = "", body] = Object.entries(node as Tree)[0] ?? [];
      const named = namesIn(body);
      const own = reasonOf(kind, body as Tree);
      const known = named.find((name) => this.#excluded.has(name));
      const why = own ?? (known === undefined ? null : `depends on ${known} (${this.#excluded.get(known)})`);
      const made = madeBy(kind, body as Tree);
      if (why === null) for (const name of made) this.#excluded.delete(name);
      else for (const name of made) this.#excluded.set(name, own ?? this.#excluded.get(known ?? "") ?? "");
      // What is dropped is made anew by a later statement.
      if (kind === "DropStmt") for (const name of named) this.#excluded.delete(name);
      reason ??= why;
    }
    return reason;
  }
}

function statementsOf(text: string): Node[] {
  try {
    return (parseSync(text).stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : [stmt]));
  } catch (thrown) {
    // Not a statement of the grammar: the error is what is compared.
    if (thrown instanceof Error) return [];
    throw thrown;
  }
}

function walk(value: unknown, visit: (key: string, node: Tree) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) visit(key, inner as Tree);
      walk(inner, visit);
    }
  }
}

const words = (list: unknown): string[] =>
  Array.isArray(list) ? list.flatMap((item) => ((item as Tree)["String"] as { sval?: string } | undefined)?.sval ?? []) : [];
const last = (list: unknown): string[] => words(list).slice(-1);

function namesIn(body: unknown): string[] {
  const names: string[] = [];
  const visit = (key: string, node: Tree): void => {
    if (typeof node["relname"] === "string") names.push(node["relname"]);
    if (key === "FuncCall") names.push(...last(node["funcname"]));
    if (Array.isArray(node["names"])) names.push(...last(node["names"]));
    if (Array.isArray(node["objname"])) names.push(...last(node["objname"]));
    if (key === "List") names.push(...last(node["items"]));
  };
  visit("", body as Tree);
  walk(body, visit);
  const own = body as Tree;
  if (typeof own["portalname"] === "string") names.push(own["portalname"]);
  if (typeof own["name"] === "string") names.push(own["name"]);
  return names;
}

function reasonOf(kind: string, body: Tree): string | null {
  const simply = LEFT_OUT[kind];
  if (simply !== undefined) return simply;
  if (kind === "CreateTableAsStmt" && body["objtype"] === "OBJECT_MATVIEW") return "a view";
  if (kind === "CreateFunctionStmt") {
    const language = JSON.stringify(body["options"] ?? []).match(/"defname":"language","arg":\{"String":\{"sval":"(\w+)"/i)?.[1];
    return language !== undefined && LANGUAGES.has(language.toLowerCase()) ? `a function in ${language.toLowerCase()}` : null;
  }
  if (kind === "DropStmt" && /OBJECT_(VIEW|MATVIEW|TRIGGER|RULE)/.test(String(body["removeType"])))
    return "a view, rule or trigger";
  let found: string | null = null;
  if (/^(CreateStmt|AlterTableStmt|CreateDomainStmt|AlterDomainStmt)$/.test(kind)) {
    walk(body, (key, node) => {
      if (key === "Constraint" && node["contype"] === "CONSTR_CHECK") found = "a CHECK";
      if (key === "Constraint" && node["contype"] === "CONSTR_FOREIGN") found = "a foreign key";
      if (/AT_(Enable|Disable)(Trig|Rule)/.test(String(node["subtype"]))) found = "a trigger";
    });
  }
  return found;
}

/** Names a statement gives, or changes the behaviour of. */
function madeBy(kind: string, body: Tree): string[] {
  const made: string[] = [];
  const relation = (value: unknown): void => {
    const name = (value as Tree | undefined)?.["relname"];
    if (typeof name === "string") made.push(name);
  };
  if (/^(CreateStmt|CreateTrigStmt|RuleStmt|AlterTableStmt)$/.test(kind)) relation(body["relation"]);
  if (kind === "ViewStmt") relation(body["view"]);
  if (kind === "CreateTableAsStmt") relation((body["into"] as Tree | undefined)?.["rel"]);
  if (kind === "IndexStmt" && typeof body["idxname"] === "string") made.push(body["idxname"]);
  if (kind === "CreateFunctionStmt") made.push(...last(body["funcname"]));
  if (/^(CreateDomainStmt|AlterDomainStmt|CompositeTypeStmt|CreateEnumStmt|CreateRangeStmt)$/.test(kind)) {
    made.push(...last(body["domainname"] ?? body["typeName"]));
    relation(body["typevar"]);
  }
  if (kind === "DefineStmt") made.push(...last(body["defnames"]));
  if (kind === "PrepareStmt" && typeof body["name"] === "string") made.push(body["name"]);
  if (kind === "DeclareCursorStmt" && typeof body["portalname"] === "string") made.push(body["portalname"]);
  if (/^(CreateStmt|AlterTableStmt)$/.test(kind)) {
    // A foreign key changes what may be done to the table it points at, too.
    walk(body, (key, node) => {
      if (key === "pktable") relation(node);
    });
  }
  return made;
}
