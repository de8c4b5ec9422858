// chrondb query: runs SQL through the REST door and prints the rows; without a statement, on a terminal, it is a prompt.
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import type { CliContext, Verb } from "../contract.ts";
import { CliError, EXIT, messageOf } from "../exit.ts";
import { startPrompt } from "../repl/prompt.ts";
import { type ConnectionOptions, withConnection } from "../rest-client.ts";
import { type RowFormat, rowPrinter } from "../rows.ts";
import { SqlClient } from "../sql-client.ts";

interface Options extends ConnectionOptions {
  readonly file?: string;
  readonly interactive?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
}

const HELP = `
Several statements are one transaction. Without a statement, on a terminal, there is a prompt: \\? explains it.

Examples:
  chrondb query 'SELECT name, country FROM city ORDER BY name LIMIT 5'
  chrondb query --csv 'SELECT * FROM city' > cities.csv
  chrondb query -f report.sql
  echo 'SELECT count(*) FROM city' | chrondb query --json
  chrondb query                                        a prompt`;

/** Bytes of a text of statements, from a file or standard input. */
const STATEMENT_BYTES = 16 * 1024 * 1024;

export const query: Verb = {
  name: "query",
  register(program, context) {
    const command = program
      .command("query")
      .summary("run SQL and print the rows")
      .description("Runs SQL through the REST door and prints rows as an aligned table, CSV or JSON.")
      .argument("[sql]", "one or more statements; nothing or - reads standard input, or on a terminal prompts for them")
      .option("-f, --file <file>", "read the statements from a file")
      .option("-i, --interactive", "prompt although standard input is no terminal")
      .option("--json", "print JSON, numbers as they are written")
      .option("--csv", "print CSV (RFC 4180)")
      .addHelpText("after", HELP);
    withConnection(command, context.env).action((sql: string | undefined, options: Options) => run(sql, options, context));
  },
};

async function run(sql: string | undefined, options: Options, context: CliContext): Promise<void> {
  if (options.json === true && options.csv === true) throw new CliError(EXIT.usage, "Give --json or --csv, not both.");
  if (sql !== undefined && options.file !== undefined) throw new CliError(EXIT.usage, "Give statements or --file, not both.");
  const format: RowFormat = options.json === true ? "json" : options.csv === true ? "csv" : "table";
  const connect = (tenant: string): SqlClient => new SqlClient({ ...options, tenant }, context.env);
  const isPrompt = sql === undefined && options.file === undefined && (options.interactive === true || isTerminal(context.stdin));
  if (isPrompt) return startPrompt({ connect, tenant: options.tenant, format, context });
  const text = await textOf(sql, options.file, context.stdin);
  await connect(options.tenant).run(text, rowPrinter(format, context.stdout, context.stderr));
}

function isTerminal(stream: Readable & { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true;
}

async function textOf(sql: string | undefined, file: string | undefined, stdin: Readable): Promise<string> {
  if (sql !== undefined && sql !== "-") return sql;
  if (file === undefined || file === "-") return readAll(stdin);
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw new CliError(EXIT.failed, `The file ${file} cannot be read: ${messageOf(thrown)}.`);
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
