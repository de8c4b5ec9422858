// The command line, put together from its verbs.
import { Command } from "commander";
import { VERBS } from "./commands/index.ts";
import type { CliContext } from "./contract.ts";
import { EXIT_HELP } from "./exit.ts";

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
