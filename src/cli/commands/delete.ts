// chrondb delete: deletes a document; its history stays.
import type { Verb } from "../contract.ts";
import { write } from "../output.ts";
import { type ConnectionOptions, RestClient, withConnection } from "../rest-client.ts";

interface Options extends ConnectionOptions {
  readonly branch?: string;
}

export const remove: Verb = {
  name: "delete",
  register(program, context) {
    const command = program
      .command("delete")
      .summary("delete a document")
      .description("Deletes a document; its history stays. Exit code 4 when there is none.")
      .argument("<id>", "key of the document, table:id")
      .option("--branch <name>", "branch to write");
    withConnection(command, context.env).action(async (id: string, options: Options) => {
      const client = new RestClient(options, context.env);
      const path = `/api/v1/delete/${encodeURIComponent(id)}`;
      await write(context.stdout, `${await client.text({ method: "DELETE", path, query: { branch: options.branch } })}\n`);
    });
  },
};
