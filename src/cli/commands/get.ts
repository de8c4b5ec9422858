// chrondb get: prints a document, as it is or as it was.
import type { Verb } from "../contract.ts";
import { write } from "../output.ts";
import { type ConnectionOptions, RestClient, withConnection } from "../rest-client.ts";

interface Options extends ConnectionOptions {
  readonly branch?: string;
  readonly at?: string;
}

const HELP = `
Examples:
  chrondb get city:1
  chrondb get city:1 --at 2026-11-22T20:00:00Z      as it was then
  chrondb get city:1 --at 17                        after transaction 17`;

export const get: Verb = {
  name: "get",
  register(program, context) {
    const command = program
      .command("get")
      .summary("print a document")
      .description("Prints a document as JSON. Exit code 4 when there is none.")
      .argument("<id>", "key of the document, table:id")
      .option("--branch <name>", "branch to read")
      .option("--at <reference>", "a past state: a sequence, a commit, or an ISO time")
      .addHelpText("after", HELP);
    withConnection(command, context.env).action(async (id: string, options: Options) => {
      const client = new RestClient(options, context.env);
      const path = `/api/v1/get/${encodeURIComponent(id)}`;
      const text = await client.text({ method: "GET", path, query: { branch: options.branch, at: options.at } });
      await write(context.stdout, `${text}\n`);
    });
  },
};
