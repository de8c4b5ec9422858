// chrondb put: saves a document.
import { readFileSync } from "node:fs";
import type { Verb } from "../contract.ts";
import { CliError, EXIT, messageOf } from "../exit.ts";
import { write } from "../output.ts";
import { type ConnectionOptions, RestClient, withConnection } from "../rest-client.ts";

interface Options extends ConnectionOptions {
  readonly data?: string;
  readonly file?: string;
  readonly branch?: string;
  readonly ifVersion?: string;
}

const HELP = `
Examples:
  chrondb put user:1 --data '{"name":"Ada"}'
  chrondb put user:1 --file ada.json
  chrondb put user:1 --data '{"name":"Ada"}' --if-version 17      only if nobody changed it since (else exit code 5)`;

export const put: Verb = {
  name: "put",
  register(program, context) {
    const command = program
      .command("put")
      .summary("save a document")
      .description("Saves a document and prints it. Numbers are kept exactly as written.")
      .argument("<id>", "key of the document, table:id")
      .option("--data <json>", "the document, a JSON object")
      .option("--file <file>", "a file that holds it")
      .option("--branch <name>", "branch to write")
      .option("--if-version <sequence>", "refuse unless this is the document's version")
      .addHelpText("after", HELP);
    withConnection(command, context.env).action(async (id: string, options: Options) => {
      const client = new RestClient(options, context.env);
      const text = await client.text({
        method: "POST",
        path: "/api/v1/put",
        query: { id, branch: options.branch },
        body: document(options),
        ...(options.ifVersion === undefined ? {} : { headers: { "If-Match": `"${options.ifVersion}"` } }),
      });
      await write(context.stdout, `${text}\n`);
    });
  },
};

function document(options: Options): string {
  if ((options.data === undefined) === (options.file === undefined)) {
    throw new CliError(EXIT.usage, "Give the document with --data or with --file, one of them.");
  }
  if (options.data !== undefined) return options.data;
  try {
    return readFileSync(options.file ?? "", "utf8");
  } catch (thrown) {
    throw new CliError(EXIT.failed, `${options.file} cannot be read: ${messageOf(thrown)}.`);
  }
}
