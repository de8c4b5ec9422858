// The functions of the system catalogue, one line each.
import type { SqlFunction } from "../define.ts";
import { acldefault } from "./acldefault.ts";
import { currentDatabase } from "./current-database.ts";
import { currentSchemas } from "./current-schemas.ts";
import { definitions } from "./definitions.ts";
import { descriptions } from "./descriptions.ts";
import { encodings } from "./encodings.ts";
import { formatType } from "./format-type.ts";
import { hasPrivilege } from "./has-privilege.ts";
import { isVisible } from "./is-visible.ts";
import { partitions } from "./partitions.ts";
import { pgGetConstraintdef } from "./pg-get-constraintdef.ts";
import { pgGetExpr } from "./pg-get-expr.ts";
import { pgGetIndexdef } from "./pg-get-indexdef.ts";
import { pgGetUserbyid } from "./pg-get-userbyid.ts";
import { pgOptionsToTable } from "./pg-options-to-table.ts";
import { pgTimezoneNames } from "./pg-timezone-names.ts";
import { server } from "./server.ts";
import { sizes } from "./sizes.ts";
import { toReg } from "./to-reg.ts";
import { version } from "./version.ts";

export const CATALOG_FUNCTIONS: readonly SqlFunction[] = [
  acldefault,
  currentDatabase,
  ...currentSchemas,
  ...definitions,
  ...descriptions,
  ...encodings,
  formatType,
  ...hasPrivilege,
  ...isVisible,
  ...partitions,
  pgGetConstraintdef,
  pgGetExpr,
  ...pgGetIndexdef,
  pgGetUserbyid,
  pgOptionsToTable,
  pgTimezoneNames,
  ...server,
  ...sizes,
  ...toReg,
  version,
];
