// chrondb init: makes sure that the server's repository exists.
import type { Verb } from "../contract.ts";
import { write } from "../output.ts";
import { type ConnectionOptions, RestClient, withConnection } from "../rest-client.ts";

export const init: Verb = {
  name: "init",
  register(program, context) {
    const command = program
      .command("init")
      .summary("make sure that the repository exists")
      .description("Makes sure that the server's repository exists, and prints facts about it as JSON.");
    withConnection(command, context.env).action(async (options: ConnectionOptions) => {
      const client = new RestClient(options, context.env);
      await write(context.stdout, `${await client.text({ method: "POST", path: "/api/v1/init" })}\n`);
    });
  },
};
