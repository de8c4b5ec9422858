// chrondb server: runs the server in the foreground until SIGTERM or SIGINT.
import type { ServerFlags } from "../../config/load.ts";
import type { Verb } from "../contract.ts";

const HELP = `
Settings come from a YAML file (--config, CHRONDB_CONFIG, or config/default.yaml), the environment (CHRONDB_*) and these
flags, in rising precedence; docs/reference/settings.md has them all. Once every door listens, one line goes to standard
output: {"ready":true,"rest":3000,"redis":6379,"pg":5432,"pid":…}. SIGTERM answers what was taken, writes it to git and ends.

Examples:
  chrondb server                                         open on 127.0.0.1, data in ./data
  chrondb server --data-dir /tmp/demo --rest-port 0      a free port, printed in the ready line
  CHRONDB_PASSWORD_FILE=pw chrondb server --host 0.0.0.0 for other machines, guarded`;

export const server: Verb = {
  name: "server",
  register(program, context) {
    program
      .command("server")
      .summary("run the server")
      .description("Runs the server: REST, Redis and PostgreSQL doors onto one data directory.")
      .argument("[rest-port]", "as --rest-port")
      .argument("[redis-port]", "as --redis-port")
      .argument("[pg-port]", "as --pg-port")
      .option("--config <file>", "YAML file of settings")
      .option("--data-dir <directory>", "the data directory")
      .option("--host <host>", "address that all doors listen on")
      .option("--rest-port <port>", "REST port, 0 picks a free one")
      .option("--redis-port <port>", "Redis port, 0 picks a free one")
      .option("--pg-port <port>", "PostgreSQL port, 0 picks a free one")
      .option("--disable-rest", "no REST door")
      .option("--disable-redis", "no Redis door")
      .option("--disable-sql", "no PostgreSQL door")
      .option("--log-level <level>", "trace, debug, info, warn, error or silent")
      .addHelpText("after", HELP)
      .action(async (rest: string | undefined, redis: string | undefined, pg: string | undefined, options: ServerFlags) => {
        const ports = {
          ...(rest === undefined ? {} : { restPort: rest }),
          ...(redis === undefined ? {} : { redisPort: redis }),
          ...(pg === undefined ? {} : { pgPort: pg }),
        };
        await context.runServer({ ...ports, ...options });
      });
  },
};
