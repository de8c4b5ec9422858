// chrondb history: the versions of a document, newest first.
import type { Verb } from "../contract.ts";
import { write } from "../output.ts";
import { type ConnectionOptions, RestClient, withConnection } from "../rest-client.ts";

interface Options extends ConnectionOptions {
  readonly branch?: string;
  readonly limit?: string;
  readonly since?: string;
}

export const history: Verb = {
  name: "history",
  register(program, context) {
    const command = program
      .command("history")
      .summary("the versions of a document")
      .description("Prints the versions of a document as JSON, newest first, each with its commit, time, user and flags.")
      .argument("<id>", "key of the document, table:id")
      .option("--branch <name>", "branch to read")
      .option("--limit <count>", "at most so many versions")
      .option("--since <reference>", "only versions newer than this commit, sequence or time");
    withConnection(command, context.env).action(async (id: string, options: Options) => {
      const client = new RestClient(options, context.env);
      const path = `/api/v1/history/${encodeURIComponent(id)}`;
      const query = { branch: options.branch, limit: options.limit, since: options.since };
      // The answer may have to wait for git.
      await write(context.stdout, `${await client.text({ method: "GET", path, query, timeoutMs: 60_000 })}\n`);
    });
  },
};
