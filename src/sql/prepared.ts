// A statement as the session's `prepare` answers it.
import type { PreparedStatement, SqlColumn } from "./contract.ts";
import type { Plan } from "./execute/contract.ts";
import type { Parsed } from "./parse/parser.ts";
import type { Control } from "./statements/control.ts";

export class Prepared implements PreparedStatement {
  readonly text: string;
  readonly parsed: Parsed | null;
  readonly control: Control | null;
  /** Types the client gave. */
  readonly given: readonly number[];
  plan: Plan | null;
  readonly columns: readonly SqlColumn[] | null;
  readonly parameterOids: readonly number[];
  /** False where the statement is only a part of its text: what PREPARE names, what DECLARE reads. */
  readonly whole: boolean;

  constructor(
    text: string,
    parsed: Parsed | null,
    control: Control | null,
    given: readonly number[],
    plan: Plan | null,
    whole = true,
  ) {
    this.text = text;
    this.parsed = parsed;
    this.control = control;
    this.given = given;
    this.plan = plan;
    this.whole = whole;
    // The plan of a control statement is that of the query inside it.
    this.columns = control === null ? (plan?.columns ?? null) : (control.columns ?? null);
    this.parameterOids = plan?.parameterOids ?? [];
  }

  get empty(): boolean {
    return this.parsed === null;
  }

  get binary(): boolean {
    return this.control?.kind === "fetch" && this.control.binary;
  }

  get copies(): "in" | "out" | null {
    if (this.control?.kind !== "copy") return null;
    return this.control.statement.is_from === true ? "in" : "out";
  }
}
