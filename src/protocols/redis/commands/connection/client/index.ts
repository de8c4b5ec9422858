import type { Container } from "../../../command.ts";
import { clientGetname } from "./getname.ts";
import { clientGetredir } from "./getredir.ts";
import { clientId } from "./id.ts";
import { clientInfo } from "./info.ts";
import { clientKill } from "./kill.ts";
import { clientList } from "./list.ts";
import { clientNoEvict } from "./no-evict.ts";
import { clientReply } from "./reply.ts";
import { clientSetinfo } from "./setinfo.ts";
import { clientSetname } from "./setname.ts";

export const client: Container = {
  kind: "container",
  name: "client",
  summary: "Asks about and manages connections",
  since: "2.4.0",
  group: "connection",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [
    clientGetname,
    clientGetredir,
    clientId,
    clientInfo,
    clientKill,
    clientList,
    clientNoEvict,
    clientReply,
    clientSetinfo,
    clientSetname,
  ],
};
