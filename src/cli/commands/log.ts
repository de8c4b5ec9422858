// chrondb log dump: the write-ahead log, one entry a line. Works on the data directory; a server may be running.
import type { Verb } from "../contract.ts";
import { CliError, EXIT } from "../exit.ts";
import { write } from "../output.ts";

interface Options {
  readonly dataDir: string;
  readonly tenant: string;
  readonly from: string;
  readonly to?: string;
  readonly json?: boolean;
  readonly values?: boolean;
}

const HELP = `
Examples:
  chrondb log dump
  chrondb log dump --from 100 --to 200 --json`;

export const log: Verb = {
  name: "log",
  register(program, context) {
    const parent = program.command("log").summary("look into the write-ahead log").description("Looks into the write-ahead log.");
    parent
      .command("dump")
      .summary("print entries, one a line")
      .description("Prints the entries that are still in the log, one a line: place, sequence, time, origin, operation, effects.")
      .option("--data-dir <directory>", "the data directory (CHRONDB_DATA_DIR)", context.env.dataDir)
      .option("--tenant <name>", "whose log", "chrondb")
      .option("--from <sequence>", "first entry", "1")
      .option("--to <sequence>", "last entry")
      .option("--json", "one JSON object a line")
      .option("--values", "with the documents' values, which are otherwise left out")
      .addHelpText("after", HELP)
      .action(async (options: Options) => {
        const lines = context.offline.dumpLog({
          dataDir: options.dataDir,
          tenant: options.tenant,
          from: sequence(options.from, "--from"),
          to: options.to === undefined ? Number.MAX_SAFE_INTEGER : sequence(options.to, "--to"),
          json: options.json === true,
          values: options.values === true,
        });
        for await (const line of lines) await write(context.stdout, `${line}\n`);
      });
  },
};

function sequence(text: string, name: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new CliError(EXIT.usage, `${name} is ${JSON.stringify(text)}; it must be the number of an entry.`);
}
