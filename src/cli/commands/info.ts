// chrondb info: facts about the server.
import type { Verb } from "../contract.ts";
import { write } from "../output.ts";
import { type ConnectionOptions, RestClient, withConnection } from "../rest-client.ts";

export const info: Verb = {
  name: "info",
  register(program, context) {
    const command = program
      .command("info")
      .summary("facts about the server")
      .description("Prints facts about the server as JSON: data directory, default branch, version, tenants, documents.");
    withConnection(command, context.env).action(async (options: ConnectionOptions) => {
      const client = new RestClient(options, context.env);
      await write(context.stdout, `${await client.text({ method: "GET", path: "/api/v1/info" })}\n`);
    });
  },
};
