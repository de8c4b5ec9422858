// What a startup packet asks for, checked: who, which tenant, which settings.
import { SqlError } from "../../sql/contract.ts";
import { parseOptions, type StartupPacket } from "./wire/index.ts";

export interface StartupRequest {
  readonly user: string;
  readonly database: string;
  /** Settings the session starts with, by name as the client wrote it. */
  readonly settings: Readonly<Record<string, string>>;
  /** `_pq_.` options of later protocols, which this server knows none of. */
  readonly unknownOptions: readonly string[];
}

const NOT_SETTINGS: ReadonlySet<string> = new Set(["user", "database", "options", "replication"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["", "0", "f", "false", "n", "no", "off"]);

/** Throws a FATAL SqlError. */
export function readStartup(packet: Extract<StartupPacket, { type: "startup" }>): StartupRequest {
  if (packet.major !== 3) {
    throw fatal("0A000", `unsupported frontend protocol ${packet.major}.${packet.minor}: server supports 3.0 to 3.0`);
  }
  const { parameters } = packet;
  const user = parameters.get("user") ?? "";
  if (user === "") throw fatal("28000", "no PostgreSQL user name specified in startup packet");
  if (!FALSE_WORDS.has((parameters.get("replication") ?? "").toLowerCase())) {
    throw fatal("0A000", "streaming replication is not supported; connect without the replication parameter");
  }
  const settings: Record<string, string> = {};
  for (const [name, value] of parseOptions(parameters.get("options") ?? "")) settings[name] = value;
  const unknownOptions: string[] = [];
  for (const [name, value] of parameters) {
    if (name.startsWith("_pq_.")) unknownOptions.push(name);
    else if (!NOT_SETTINGS.has(name)) settings[name] = value;
  }
  return { user, database: parameters.get("database") || user, settings, unknownOptions };
}

function fatal(sqlstate: string, message: string): SqlError {
  return new SqlError({ sqlstate, severity: "FATAL", message });
}
