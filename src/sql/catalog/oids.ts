// OIDs of ChronDB's own objects, as PostgreSQL clients see them. They follow from a table's number and a position in its
// declaration, so they are the same in every session and after every restart, with nothing to keep. All are below 2^31, since
// some clients hold an OID as int4.
import { tableOid } from "../relations.ts";

export { tableOid };

const DEFAULTS_FROM = 1_000_000_000;
const DEFAULTS_PER_TABLE = 2_048;
const UNIQUE_FROM = 1_500_000_000;
const UNIQUE_PER_TABLE = 512;

/** A table owns the sixteen numbers from its own on. */
export const primaryIndexOid = (tid: number): number => tableOid(tid) + 1;
export const primaryConstraintOid = (tid: number): number => tableOid(tid) + 2;
export const uniqueIndexOid = (tid: number, index: number): number => UNIQUE_FROM + tid * UNIQUE_PER_TABLE + index * 2;
export const uniqueConstraintOid = (tid: number, index: number): number => uniqueIndexOid(tid, index) + 1;
export const defaultOid = (tid: number, attribute: number): number => DEFAULTS_FROM + tid * DEFAULTS_PER_TABLE + attribute;

/** Schemas: the OIDs PostgreSQL gives them. */
export const SCHEMA_OIDS = { pg_catalog: 11, public: 2200, information_schema: 13_207 } as const;

/** The role that owns everything, and the user of a session who has another name. */
export const OWNER = { oid: 10, name: "chrondb" } as const;
export const USER_OID = 16_383;

export const HEAP_OID = 2;
export const BTREE_OID = 403;
/** pg_class and its kin as `classoid`. */
export const PG_CLASS_OID = 1259;
export const TABLESPACE_OID = 1663;
/** The first database; the others follow in the order the server lists them. */
const FIRST_DATABASE_OID = 5;
export const databaseOid = (position: number): number => FIRST_DATABASE_OID + position;
