// The command line, put together: parses, runs a verb, and answers the exit code.
import { Command, CommanderError } from "commander";
import { clientEnvironment } from "../config/client.ts";
import { VERBS } from "./commands/index.ts";
import type { CliContext, CliDeps } from "./contract.ts";
import { EXIT, EXIT_HELP, type ExitCode, exitCodeOf, messageOf } from "./exit.ts";

const HELP = `
Examples:
  chrondb server                                            start the server, data in ./data
  chrondb put user:1 --data '{"name":"Ada"}'                save a document
  chrondb get user:1                                        read it
  chrondb history user:1                                    every version it ever had
  chrondb query 'SELECT * FROM user'                        the same data as a table
  chrondb import cities.json --table city --id-seq          load many

A document's key is table:id. \`chrondb <command> --help\` explains each command.
${EXIT_HELP}`;

export function createProgram(context: CliContext): Command {
  const program = new Command("chrondb")
    .description("A database that never forgets: JSON documents over REST, Redis and PostgreSQL, every transaction a git commit.")
    .version(context.version, "-v, --version", "print the version")
    .helpOption("-h, --help", "explain a command")
    .addHelpText("after", HELP)
    .showHelpAfterError("`chrondb --help` lists the commands, `chrondb <command> --help` its options.");
  for (const verb of VERBS) verb.register(program, context);
  prepare(program, context);
  return program;
}

/** Errors are thrown, text goes to the context's streams, for every command below. */
function prepare(command: Command, context: CliContext): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => void context.stdout.write(text),
    writeErr: (text) => void context.stderr.write(text),
  });
  for (const child of command.commands) prepare(child, context);
}

/** Options of the client verbs that ChronDB's users write before the verb. */
const LEADING = new Set(["--host", "--port", "--scheme", "--base-url", "--timeout", "--token", "--user", "--password"]);

/** `--port 3001 get x` -> `get --port 3001 x`. */
export function hoistOptions(argv: readonly string[]): string[] {
  let at = 0;
  while (LEADING.has((argv[at] ?? "").replace(/=.*$/s, ""))) at += (argv[at] ?? "").includes("=") ? 1 : 2;
  const verb = argv[at];
  return verb === undefined || at === 0 ? [...argv] : [verb, ...argv.slice(0, at), ...argv.slice(at + 1)];
}

/** Runs one command line (without `node` and the script) and answers its exit code. Never throws. */
export async function runCli(argv: readonly string[], deps: CliDeps, replaced: Partial<CliContext> = {}): Promise<ExitCode> {
  const streams = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
  try {
    const context: CliContext = { ...streams, ...deps, ...replaced, env: replaced.env ?? clientEnvironment() };
    await createProgram(context).parseAsync(hoistOptions(argv), { from: "user" });
    return EXIT.ok;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
    (replaced.stderr ?? streams.stderr).write(`chrondb: ${messageOf(thrown)}\n`);
    return exitCodeOf(thrown);
  }
}
