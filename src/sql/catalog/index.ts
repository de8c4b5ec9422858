// The system relations: every one of PostgreSQL 15 exists with its columns; those listed here have rows.
import type { CatalogRelations, SystemRelation } from "../relations.ts";
import { RELATIONS, type RelationRows, systemRelation } from "./define.ts";
import { isCatalogName } from "./relations/is-catalog-name.ts";
import { isCharacterSets } from "./relations/is-character-sets.ts";
import { isCheckConstraints } from "./relations/is-check-constraints.ts";
import { isColumns } from "./relations/is-columns.ts";
import { isConstraintColumnUsage } from "./relations/is-constraint-column-usage.ts";
import { isEnabledRoles } from "./relations/is-enabled-roles.ts";
import { isKeyColumnUsage } from "./relations/is-key-column-usage.ts";
import { isSchemata } from "./relations/is-schemata.ts";
import { isTableConstraints } from "./relations/is-table-constraints.ts";
import { isTables } from "./relations/is-tables.ts";
import { pgAm } from "./relations/pg-am.ts";
import { pgAttrdef } from "./relations/pg-attrdef.ts";
import { pgAttribute } from "./relations/pg-attribute.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgClass } from "./relations/pg-class.ts";
import { pgCollation } from "./relations/pg-collation.ts";
import { pgConstraint } from "./relations/pg-constraint.ts";
import { pgCursors } from "./relations/pg-cursors.ts";
import { pgDatabase } from "./relations/pg-database.ts";
import { pgIndex } from "./relations/pg-index.ts";
import { pgIndexes } from "./relations/pg-indexes.ts";
import { pgLanguage } from "./relations/pg-language.ts";
import { pgNamespace } from "./relations/pg-namespace.ts";
import { pgOpclass } from "./relations/pg-opclass.ts";
import { pgOpfamily } from "./relations/pg-opfamily.ts";
import { pgPreparedStatements } from "./relations/pg-prepared-statements.ts";
import { pgProc } from "./relations/pg-proc.ts";
import { pgRoles } from "./relations/pg-roles.ts";
import { pgSettings } from "./relations/pg-settings.ts";
import { pgStatUserTables } from "./relations/pg-stat-user-tables.ts";
import { pgTables } from "./relations/pg-tables.ts";
import { pgTablespace } from "./relations/pg-tablespace.ts";
import { pgType } from "./relations/pg-type.ts";
import { pgUser } from "./relations/pg-user.ts";

export const FILLED: readonly RelationRows[] = [
  isCatalogName,
  isCharacterSets,
  isCheckConstraints,
  isColumns,
  isConstraintColumnUsage,
  isEnabledRoles,
  isKeyColumnUsage,
  isSchemata,
  isTableConstraints,
  isTables,
  pgAm,
  pgAttrdef,
  pgAttribute,
  pgAuthid,
  pgClass,
  pgCollation,
  pgConstraint,
  pgDatabase,
  pgIndex,
  pgIndexes,
  pgLanguage,
  pgNamespace,
  pgOpclass,
  pgOpfamily,
  pgProc,
  pgRoles,
  pgCursors,
  pgPreparedStatements,
  pgSettings,
  pgStatUserTables,
  pgTables,
  pgTablespace,
  pgType,
  pgUser,
];

const ROWS = new Map(FILLED.map((filled) => [filled.name, filled]));
const ALL: readonly SystemRelation[] = RELATIONS.map((facts) => systemRelation(facts, ROWS.get(`${facts.schema}.${facts.name}`)));
const BY_NAME = new Map(ALL.map((relation) => [`${relation.schema}.${relation.name}`, relation]));

/** For the engine: pg_catalog is searched where no schema is named; information_schema only by its name. */
export const CATALOG: CatalogRelations = {
  find: (schema, name) => BY_NAME.get(`${schema ?? "pg_catalog"}.${name}`),
  all: ALL,
};
