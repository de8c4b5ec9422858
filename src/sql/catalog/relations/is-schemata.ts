import { catalogRows } from "../define.ts";
import { OWNER, SCHEMA_OIDS } from "../oids.ts";

export const isSchemata = catalogRows("information_schema.schemata", ({ database }) =>
  Object.keys(SCHEMA_OIDS).map((schema) => ({ catalog_name: database, schema_name: schema, schema_owner: OWNER.name })),
);
