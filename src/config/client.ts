// What the command line's client verbs take from the environment: the same variables as the server, so that both meet.
import type { Environment } from "./environment.ts";
import { readSecret } from "./environment.ts";

export interface ClientEnvironment {
  readonly host: string;
  readonly restPort: string;
  readonly dataDir: string;
  readonly token: string | null;
  readonly username: string | null;
  readonly password: string | null;
}

/** Variables that only clients read. */
export const CLIENT_VARIABLES = ["CHRONDB_TOKEN"] as const;

/** A server that listens everywhere is reached on loopback. */
function reachable(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}

export function clientEnvironment(env: Environment = process.env): ClientEnvironment {
  const passwordFile = env["CHRONDB_PASSWORD_FILE"];
  return {
    host: reachable(env["CHRONDB_HOST"] ?? "localhost"),
    restPort: env["CHRONDB_REST_PORT"] ?? "3000",
    dataDir: env["CHRONDB_DATA_DIR"] ?? "data",
    token: env["CHRONDB_TOKEN"] ?? null,
    username: env["CHRONDB_USERNAME"] ?? null,
    password: env["CHRONDB_PASSWORD"] ?? (passwordFile === undefined ? null : readSecret("CHRONDB_PASSWORD_FILE", passwordFile)),
  };
}
