import { catalogRows } from "../define.ts";

export const isCatalogName = catalogRows("information_schema.information_schema_catalog_name", ({ database }) => [
  { catalog_name: database },
]);
