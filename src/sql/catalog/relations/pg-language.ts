import { fixedRows } from "../define.ts";
import { OWNER } from "../oids.ts";

const LANGUAGES = [
  { oid: 12, lanname: "internal", lanpltrusted: 0, lanvalidator: 2246 },
  { oid: 13, lanname: "c", lanpltrusted: 0, lanvalidator: 2247 },
  { oid: 14, lanname: "sql", lanpltrusted: 1, lanvalidator: 2248 },
] as const;

export const pgLanguage = fixedRows("pg_catalog.pg_language", () =>
  LANGUAGES.map((language) => ({ ...language, lanowner: OWNER.oid, lanispl: 0, lanplcallfoid: 0, laninline: 0 })),
);
