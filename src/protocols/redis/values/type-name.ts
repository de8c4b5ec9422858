// What TYPE and SCAN TYPE call a value.
import { KIND, type Kind } from "../../../log/entry.ts";
import { type Reply, simple } from "../reply.ts";

const NAMES: Readonly<Record<Kind, string>> = { [KIND.document]: "string", [KIND.string]: "string", [KIND.hash]: "hash" };
const REPLIES: Readonly<Record<Kind, Reply>> = {
  [KIND.document]: simple("string"),
  [KIND.string]: simple("string"),
  [KIND.hash]: simple("hash"),
};

export function typeName(kind: Kind): string {
  return NAMES[kind];
}

export function typeReply(kind: Kind): Reply {
  return REPLIES[kind];
}
