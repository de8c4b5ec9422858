import { catalogRows } from "../define.ts";

export const isCharacterSets = catalogRows("information_schema.character_sets", ({ database }) => [
  {
    character_set_name: "UTF8",
    character_repertoire: "UCS",
    form_of_use: "UTF8",
    default_collate_catalog: database,
    default_collate_schema: "pg_catalog",
    default_collate_name: "C.UTF-8",
  },
]);
