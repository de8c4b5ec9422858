// Who owns what: one role that owns everything, and the session's own user where it has another name. Until a directory of users
// exists, whoever gets past the door is an administrator.
import type { SessionFacts } from "../relations.ts";
import { OWNER, USER_OID } from "./oids.ts";

export interface Role {
  readonly oid: number;
  readonly name: string;
}

export function rolesOf(facts: SessionFacts): readonly Role[] {
  return facts.user === OWNER.name || facts.user === "" ? [OWNER] : [OWNER, { oid: USER_OID, name: facts.user }];
}
