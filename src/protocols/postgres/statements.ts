// The prepared statements and portals of one session, with PostgreSQL's rules for their names: the unnamed one is replaced
// silently, a named one must be closed first.
import type { LimitName, Limits } from "../../base/limits.ts";
import { type PreparedStatement, type SqlCursor, SqlError, type SqlText, type StatementNames } from "../../sql/contract.ts";
import type { Format } from "./wire/index.ts";

export interface Portal {
  readonly name: string;
  readonly statement: PreparedStatement;
  readonly parameters: readonly SqlText[];
  /** None = all text. */
  readonly formats: readonly Format[];
  /** Set by the first Execute. */
  cursor: SqlCursor | null;
  /** Its command tag once it has run to its end; null before. */
  tag: string | null;
  /** PortalSuspended was answered before. */
  suspended: boolean;
}

export class Statements {
  /** Named ones are the SQL session's, where PREPARE's are too. */
  readonly #named: StatementNames;
  #unnamed: PreparedStatement | null = null;
  readonly #portals = new Map<string, Portal>();
  readonly #limits: Limits;
  readonly #limitReached: (limit: LimitName) => void;

  constructor(named: StatementNames, limits: Limits, limitReached: (limit: LimitName) => void) {
    this.#named = named;
    this.#limits = limits;
    this.#limitReached = limitReached;
  }

  /** Throws 42P05 when the name is taken; to be asked before the costly parsing. */
  checkFree(name: string): void {
    if (name === "") return;
    if (this.#named.get(name) !== undefined) {
      throw new SqlError({ sqlstate: "42P05", message: `prepared statement "${name}" already exists` });
    }
    if (this.#named.size >= this.#limits.pgStatements) this.#refuse("pgStatements", "prepared statements");
  }

  addStatement(name: string, statement: PreparedStatement): void {
    if (name === "") this.#unnamed = statement;
    else this.#named.set(name, statement);
  }

  statement(name: string): PreparedStatement {
    const statement = name === "" ? this.#unnamed : (this.#named.get(name) ?? null);
    if (statement !== null) return statement;
    throw new SqlError({
      sqlstate: "26000",
      message: name === "" ? "unnamed prepared statement does not exist" : `prepared statement "${name}" does not exist`,
    });
  }

  closeStatement(name: string): void {
    if (name === "") this.#unnamed = null;
    else this.#named.delete(name);
  }

  addPortal(portal: Portal): void {
    const before = this.#portals.get(portal.name);
    if (before !== undefined) {
      if (portal.name !== "") throw new SqlError({ sqlstate: "42P03", message: `cursor "${portal.name}" already exists` });
      before.cursor?.close();
    } else if (this.#portals.size >= this.#limits.pgPortals) this.#refuse("pgPortals", "open portals");
    this.#portals.set(portal.name, portal);
  }

  portal(name: string): Portal {
    const portal = this.#portals.get(name);
    if (portal !== undefined) return portal;
    throw new SqlError({ sqlstate: "34000", message: `portal "${name}" does not exist` });
  }

  closePortal(name: string): void {
    this.#portals.get(name)?.cursor?.close();
    this.#portals.delete(name);
  }

  /** At the end of a transaction. */
  closeAllPortals(): void {
    if (this.#portals.size === 0) return;
    for (const portal of this.#portals.values()) portal.cursor?.close();
    this.#portals.clear();
  }

  #refuse(limit: "pgStatements" | "pgPortals", what: string): never {
    this.#limitReached(limit);
    throw new SqlError({
      sqlstate: "54000",
      message: `This session already holds ${this.#limits[limit]} ${what} (limit ${limit}); close some first.`,
    });
  }
}
