// What statements about the session see of it: declared here, supplied by session.ts.
import type { Clock } from "../../base/clock.ts";
import type { Surroundings } from "../check/checker.ts";
import type { Cancellation } from "../execute/cancellation.ts";
import type { Plan, StatementRun } from "../execute/contract.ts";
import type { Parsed } from "../parse/parser.ts";
import type { Prepared } from "../prepared.ts";
import type { Holdings } from "./holdings.ts";

export interface SessionInside {
  readonly holdings: Holdings;
  readonly clock: Clock;
  /** Characters of one line of COPY. */
  readonly lineMaximum: number;
  hasTransaction(): boolean;
  around(): Surroundings;
  /** Plans a part of a statement: what PREPARE names, what DECLARE reads. */
  plan(parsed: Parsed, oids: readonly number[]): Plan;
  /** The plan of a prepared statement, made anew where the catalogue has changed. */
  current(statement: Prepared): Plan;
  run(cancellation: Cancellation): StatementRun;
  /** What the client is told of an error; fails the transaction. */
  told(thrown: unknown, statement: Prepared): unknown;
  armTimeout(cancellation: Cancellation): () => void;
  isReadOnly(): boolean;
  /** Opens a transaction for a statement that is one of its own, and ends it. */
  open(): void;
  commit(): Promise<void>;
  rollback(): void;
}
