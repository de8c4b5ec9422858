// How system relations (pg_class, information_schema.tables …) reach the engine: as rows computed from the catalogue and the
// session, handed to SQLite as one JSON parameter, so that joins over them are ordinary joins.
// The catalogue's files live in catalog/; main.ts hands their list to the engine.
import type { CatalogSnapshot } from "../state/store.ts";
import type { Raw } from "./types/type.ts";

/** What a session holds, for the relations and functions that show it. Times in microseconds since 1970. */
export interface SessionLists {
  prepared(): readonly {
    readonly name: string;
    readonly text: string;
    readonly preparedAt: number;
    readonly parameterOids: readonly number[];
    readonly fromSql: boolean;
  }[];
  cursors(): readonly {
    readonly name: string;
    readonly text: string;
    readonly declaredAt: number;
    readonly hold: boolean;
    readonly binary: boolean;
    readonly scroll: boolean;
  }[];
  /** Channels listened to. */
  channels(): readonly string[];
}

/** What a system relation may depend on. */
export interface SessionFacts {
  readonly database: string;
  readonly user: string;
  /** Databases (tenants) of the server. */
  readonly databases: readonly string[];
  /** Microseconds since 1970 at the statement's start. */
  readonly now: number;
  readonly catalog: CatalogSnapshot;
  /** Value of a setting; null when there is none. */
  setting(name: string): string | null;
  /** Null where there is no session. */
  readonly lists: SessionLists | null;
  /** All settings: name, value, one line of description. */
  settings(): readonly { readonly name: string; readonly value: string; readonly description: string }[];
}

export interface SystemColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typmod?: number;
  /** Found by name, but no part of `*`: the system column tableoid. */
  readonly hidden?: boolean;
}

export interface SystemRelation {
  readonly schema: "pg_catalog" | "information_schema";
  readonly name: string;
  /** pg_class.oid of the relation; 0 when it has none. */
  readonly oid: number;
  readonly columns: readonly SystemColumn[];
  /**
   * The rows, values in column order in internal form (types/type.ts: bool 0/1, integers, names as text, arrays as JSON text
   * of packArray). Called once for each statement that reads the relation.
   */
  rows(facts: SessionFacts): readonly (readonly Raw[])[];
}

export interface CatalogRelations {
  /** Looks a relation up; `schema` undefined = pg_catalog, which is always searched. */
  find(schema: string | undefined, name: string): SystemRelation | undefined;
  readonly all: readonly SystemRelation[];
}

export const NO_RELATIONS: CatalogRelations = { find: () => undefined, all: [] };

/** OID of a user table as PostgreSQL clients see it. */
export const tableOid = (tid: number): number => 16_384 + tid * 16;
