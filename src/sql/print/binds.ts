// Values the printed text leaves open. The printer writes a mark where one goes; `finish` turns marks into `?` and lists what to
// bind, in the order SQLite counts them. (Marks keep the printer free to put text together in any order.)
import type { SuppliedName } from "../check/tree.ts";
import type { Raw } from "../types/type.ts";

export type Bind =
  | { readonly kind: "parameter"; readonly number: number }
  | { readonly kind: "constant"; readonly value: Raw }
  | { readonly kind: "supplied"; readonly name: SuppliedName }
  /** Milliseconds: what expired at or before is gone. */
  | { readonly kind: "expiry" }
  /** A transaction's own changes of a table, as JSON. */
  | { readonly kind: "overlay"; readonly table: string }
  /** A row handed over: ON CONFLICT and RETURNING. */
  | { readonly kind: "given"; readonly row: string; readonly part: "id" | "from" | "kind" | "expires" | "body" }
  /** A value of a FROM item that the row source answered, for RETURNING. */
  | { readonly kind: "carried"; readonly index: number }
  /** Rows a statement in WITH returned, as JSON, by the name printed. */
  | { readonly kind: "returned"; readonly name: string }
  /** Rows of a system relation or of a function waited for, as JSON. */
  | { readonly kind: "rows"; readonly index: number };

const MARK = "\u0001";

export class Binds {
  readonly #list: Bind[] = [];
  readonly #known = new Map<string, number>();

  mark(bind: Bind): string {
    const key = bind.kind === "constant" ? null : JSON.stringify(bind);
    const known = key === null ? undefined : this.#known.get(key);
    const index = known ?? this.#list.push(bind) - 1;
    if (key !== null) this.#known.set(key, index);
    return `${MARK}${index}${MARK}`;
  }

  finish(text: string): { sql: string; binds: Bind[] } {
    const binds: Bind[] = [];
    const sql = text.replace(/\u0001(\d+)\u0001/g, (_, index: string) => {
      const bind = this.#list[Number(index)];
      if (bind !== undefined) binds.push(bind);
      return "?";
    });
    return { sql, binds };
  }
}

export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
