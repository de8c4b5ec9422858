// The named prepared statements of one session: PREPARE and the protocol's Parse share their names.
import type { Clock } from "../../base/clock.ts";
import type { PreparedStatement, StatementNames } from "../contract.ts";
import { fail } from "../errors.ts";

export interface NamedStatement {
  readonly name: string;
  readonly statement: PreparedStatement;
  /** What the client wrote: for PREPARE the whole statement. */
  readonly text: string;
  /** Microseconds since 1970. */
  readonly preparedAt: number;
  readonly fromSql: boolean;
}

export class NamedStatements implements StatementNames {
  readonly #byName = new Map<string, NamedStatement>();
  readonly #clock: Clock;
  readonly #maximum: number;

  constructor(clock: Clock, maximum: number) {
    this.#clock = clock;
    this.#maximum = maximum;
  }

  get all(): readonly NamedStatement[] {
    return [...this.#byName.values()];
  }

  get size(): number {
    return this.#byName.size;
  }

  get(name: string): PreparedStatement | undefined {
    return this.#byName.get(name)?.statement;
  }

  /** What the protocol's Parse made. */
  set(name: string, statement: PreparedStatement): void {
    this.#byName.set(name, {
      name,
      statement,
      text: statement.text,
      preparedAt: this.#clock.micros(),
      fromSql: false,
    });
  }

  /** What PREPARE made. Throws 42P05 when the name is taken. */
  add(name: string, statement: PreparedStatement, text: string): void {
    if (this.#byName.has(name)) fail("42P05", `prepared statement "${name}" already exists`);
    if (this.#byName.size >= this.#maximum)
      fail("54000", `This session already holds ${this.#maximum} prepared statements (limit pgStatements); close some first.`);
    this.#byName.set(name, { name, statement, text, preparedAt: this.#clock.micros(), fromSql: true });
  }

  /** Throws 26000. */
  need(name: string): PreparedStatement {
    return this.get(name) ?? fail("26000", `prepared statement "${name}" does not exist`);
  }

  delete(name: string): boolean {
    return this.#byName.delete(name);
  }

  clear(): void {
    this.#byName.clear();
  }
}
