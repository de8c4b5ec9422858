// chrondb export: every document of one state, one a line.
import { createWriteStream } from "node:fs";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Verb } from "../contract.ts";
import { CliError, EXIT, messageOf } from "../exit.ts";
import { type ConnectionOptions, RestClient, withConnection } from "../rest-client.ts";

interface Options extends ConnectionOptions {
  readonly prefix?: string;
  readonly branch?: string;
  readonly limit?: string;
  readonly at?: string;
  readonly output?: string;
  readonly json?: boolean;
}

/** An export may take long; it must not stand still for as long. */
const EXPORT_TIMEOUT_MS = 24 * 3_600_000;

const HELP = `
Examples:
  chrondb export --output all.ndjson               everything, one state, one document a line
  chrondb export --prefix user: --json             {"prefix":…,"branch":…,"documents":[…],"count":…}
  chrondb export --at 2026-11-22T20:00:00Z         as it was then`;

export const exportDocuments: Verb = {
  name: "export",
  register(program, context) {
    const command = program
      .command("export")
      .summary("print documents, one a line")
      .description("Prints all documents of one state, one JSON object a line (NDJSON), which `chrondb import` reads.")
      .option("--prefix <prefix>", "only documents whose key starts with this")
      .option("--branch <name>", "branch to read")
      .option("--limit <count>", "at most so many documents")
      .option("--at <reference>", "a past state: a sequence, a commit, or an ISO time")
      .option("--output <file>", "write to this file instead of standard output")
      .option("--json", "one JSON object with a list of documents instead of lines")
      .addHelpText("after", HELP);
    withConnection(command, context.env).action(async (options: Options) => {
      const client = new RestClient(options, context.env);
      const response = await client.send({
        method: "GET",
        path: "/api/v1/export",
        query: { prefix: options.prefix, branch: options.branch, limit: options.limit, at: options.at },
        accept: options.json === true ? "application/json" : "application/x-ndjson",
        timeoutMs: EXPORT_TIMEOUT_MS,
      });
      const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
      await save(body, options.output, context.stdout);
      if (options.json === true && options.output === undefined) context.stdout.write("\n");
    });
  },
};

async function save(body: Readable, file: string | undefined, stdout: Writable): Promise<void> {
  try {
    if (file === undefined) await pipeline(body, stdout, { end: false });
    else await pipeline(body, createWriteStream(file, { mode: 0o600 }));
  } catch (thrown) {
    throw new CliError(EXIT.failed, `The export is incomplete: ${messageOf(thrown)}.`);
  }
}
