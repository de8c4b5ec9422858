// chrondb import: loads documents from a JSON array or NDJSON, one commit a document.
import { createReadStream, openSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { systemClock } from "../../base/clock.ts";
import type { CliContext, Verb } from "../contract.ts";
import { CliError, EXIT, messageOf } from "../exit.ts";
import { checkOptions } from "../import/convert.ts";
import { waitForGit } from "../import/git.ts";
import { startProgress } from "../import/progress.ts";
import { type ImportOptions, importDocuments } from "../import/run.ts";
import { type ConnectionOptions, RestClient, withConnection } from "../rest-client.ts";

interface Options extends ConnectionOptions {
  readonly file?: string;
  readonly table?: string;
  readonly idSeq?: boolean;
  readonly idField?: string;
  readonly number?: string;
  readonly branch?: string;
  readonly skip: string;
  readonly wait: boolean;
}

const HELP = `
The input is a JSON array of objects, or JSON objects one after the other (NDJSON); it is told by its first character, and may
be of any size. Each document is one transaction and one commit; the command waits until git has them all. Documents that are
refused are named and the others go on; the exit code is then 1. An import that was cut off says how to go on.

Examples:
  chrondb import cities.json --table city --id-seq --number lat,lng     city:1, city:2, …; "42.5" becomes 42.5
  chrondb import users.ndjson --table user --id-field email
  chrondb export --port 3000 | chrondb import --port 3001`;

export const importVerb: Verb = {
  name: "import",
  register(program, context) {
    const command = program
      .command("import")
      .summary("load documents from JSON or NDJSON")
      .description("Loads documents from a file or standard input, one commit a document, with a progress bar.")
      .argument("[file]", "file to read; - or nothing reads standard input")
      .option("--file <file>", "the same")
      .option("--table <table>", "table of documents whose id names none")
      .option("--id-seq", "number the documents: table:1, table:2, …")
      .option("--id-field <field>", "take the id from this field")
      .option("--number <fields>", "fields whose strings are numbers, comma-separated; digits are kept as written")
      .option("--branch <name>", "branch to write")
      .option("--skip <count>", "pass over so many documents first", "0")
      .option("--no-wait", "end once everything is durable, without waiting for git")
      .option("--ndjson", "accepted for clarity: NDJSON is recognised by itself")
      .addHelpText("after", HELP);
    withConnection(command, context.env).action(async (argument: string | undefined, options: Options) => {
      await run(argument ?? options.file, options, context);
    });
  },
};

async function run(file: string | undefined, options: Options, context: CliContext): Promise<void> {
  const importing: ImportOptions = {
    table: options.table ?? null,
    idSequence: options.idSeq === true,
    idField: options.idField ?? null,
    numbers: (options.number ?? "").split(",").filter((name) => name !== ""),
    branch: options.branch,
    skip: skipped(options.skip),
  };
  checkOptions(importing);
  const client = new RestClient(options, context.env);
  const { input, totalBytes } = open(file, context.stdin);
  const progress = startProgress({ stream: context.stderr, clock: systemClock, totalBytes });
  const result = await importDocuments(input, client, importing, { progress, clock: systemClock });
  const rate = Math.round(result.imported / Math.max(result.seconds, 0.001));
  const failed = result.failed === 0 ? "" : `, ${result.failed} failed`;
  context.stdout.write(`${result.imported} documents imported in ${result.seconds.toFixed(1)} s (${rate}/s)${failed}\n`);
  if (options.wait && result.version > 0) await settle(client, options.tenant, result.version, context);
  if (result.failed === 0) return;
  const more = result.failed - result.problems.length;
  const named = more > 0 ? [...result.problems, `… and ${more} more`] : result.problems;
  throw new CliError(EXIT.failed, named.join("\n"));
}

async function settle(client: RestClient, tenant: string, version: number, context: CliContext): Promise<void> {
  const say = (line: string): void => void context.stderr.write(`${line}\n`);
  const seconds = await waitForGit(client, { tenant, version, clock: systemClock, say });
  if (seconds === null) say("Git does not move; the documents are durable and /health says more.");
  else if (seconds >= 1) say(`all commits are in git after another ${seconds.toFixed(1)} s`);
}

function skipped(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new CliError(EXIT.usage, `--skip is ${JSON.stringify(text)}; it must be a whole number.`);
}

function open(file: string | undefined, stdin: Readable): { input: Readable; totalBytes: number | null } {
  if (file === undefined || file === "-") return { input: stdin, totalBytes: null };
  try {
    const facts = statSync(file);
    if (facts.isDirectory()) throw new Error("it is a directory");
    const input = createReadStream(file, { fd: openSync(file, "r"), highWaterMark: 256 * 1024 });
    // A pipe (/dev/stdin) has no size.
    return { input, totalBytes: facts.isFile() ? facts.size : null };
  } catch (thrown) {
    throw new CliError(EXIT.failed, `${file} cannot be read: ${messageOf(thrown)}.`);
  }
}
