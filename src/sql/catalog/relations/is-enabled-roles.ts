import { catalogRows } from "../define.ts";
import { rolesOf } from "../roles.ts";

export const isEnabledRoles = catalogRows("information_schema.enabled_roles", (facts) =>
  rolesOf(facts).map(({ name }) => ({ role_name: name })),
);
