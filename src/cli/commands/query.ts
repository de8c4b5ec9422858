// chrondb query: runs SQL through the PostgreSQL door and prints the rows.
import type { Readable } from "node:stream";
import type { CliContext, Verb } from "../contract.ts";
import { CliError, EXIT } from "../exit.ts";
import { PgClient } from "../pg-client.ts";
import { positive } from "../rest-client.ts";
import { type RowFormat, rowPrinter } from "../rows.ts";

interface Options {
  readonly host: string;
  readonly pgPort: string;
  readonly tenant: string;
  readonly user?: string;
  readonly password?: string;
  readonly timeout: string;
  readonly json?: boolean;
  readonly csv?: boolean;
}

const HELP = `
Examples:
  chrondb query 'SELECT name, country FROM city ORDER BY name LIMIT 5'
  chrondb query --csv 'SELECT * FROM city' > cities.csv
  echo 'SELECT count(*) FROM city' | chrondb query --json`;

/** Bytes of a statement read from standard input. */
const STATEMENT_BYTES = 16 * 1024 * 1024;

export const query: Verb = {
  name: "query",
  register(program, context) {
    program
      .command("query")
      .summary("run SQL and print the rows")
      .description("Runs SQL through the PostgreSQL door and prints rows as an aligned table, CSV or JSON.")
      .argument("[sql]", "one or more statements; nothing or - reads standard input")
      .option("--tenant <name>", "tenant to connect to", "chrondb")
      .option("--host <host>", "server's host (CHRONDB_HOST)", context.env.host)
      .option("--pg-port <port>", "server's PostgreSQL port (CHRONDB_PG_PORT)", context.env.pgPort)
      .option("--timeout <ms>", "milliseconds to wait for the connection", "5000")
      .option("--user <name>", "user name (CHRONDB_USERNAME)")
      .option("--password <password>", "password; CHRONDB_PASSWORD or CHRONDB_PASSWORD_FILE keep it out of the process list")
      .option("--json", "print JSON, numbers as they are written")
      .option("--csv", "print CSV (RFC 4180)")
      .addHelpText("after", HELP)
      .action((sql: string | undefined, options: Options) => run(sql, options, context));
  },
};

async function run(sql: string | undefined, options: Options, context: CliContext): Promise<void> {
  if (options.json === true && options.csv === true) throw new CliError(EXIT.usage, "Give --json or --csv, not both.");
  const format: RowFormat = options.json === true ? "json" : options.csv === true ? "csv" : "table";
  const text = sql === undefined || sql === "-" ? await readAll(context.stdin) : sql;
  const client = await PgClient.connect({
    host: options.host,
    port: positive(options.pgPort, "--pg-port"),
    user: options.user ?? context.env.username ?? "chrondb",
    password: options.password ?? context.env.password,
    database: options.tenant,
    timeoutMs: positive(options.timeout, "--timeout"),
  });
  try {
    await client.query(text, rowPrinter(format, context.stdout, context.stderr));
  } finally {
    client.close();
  }
}

async function readAll(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > STATEMENT_BYTES) throw new CliError(EXIT.failed, `The statement is over ${STATEMENT_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
