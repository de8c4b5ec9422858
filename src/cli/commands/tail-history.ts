// chrondb tail-history: prints each new version of a document as it comes, one JSON object a line, until interrupted.
import { setTimeout as sleep } from "node:timers/promises";
import { arrayElements, memberText, parseObject } from "../../base/json.ts";
import type { Verb } from "../contract.ts";
import { CliError, EXIT } from "../exit.ts";
import { write } from "../output.ts";
import { type ConnectionOptions, positive, RestClient, withConnection } from "../rest-client.ts";

interface Options extends ConnectionOptions {
  readonly branch?: string;
  readonly interval: string;
  readonly since?: string;
  readonly count?: string;
}

const HELP = `
Examples:
  chrondb tail-history user:1
  chrondb tail-history user:1 --since 2026-11-22T20:00:00Z | jq .document`;

/** Versions of one answer; more are fetched with the next question. */
const PAGE = 1000;

export const tailHistory: Verb = {
  name: "tail-history",
  register(program, context) {
    const command = program
      .command("tail-history")
      .summary("print new versions of a document as they come")
      .description("Prints each new version of a document as it comes, one JSON object a line, oldest first, until interrupted.")
      .argument("<id>", "key of the document, table:id")
      .option("--branch <name>", "branch to read")
      .option("--interval <ms>", "milliseconds between two looks", "2000")
      .option("--since <reference>", "begin after this commit, sequence or time, instead of now")
      .option("--count <number>", "end after so many versions")
      .addHelpText("after", HELP);
    withConnection(command, context.env).action(async (id: string, options: Options) => {
      const client = new RestClient(options, context.env);
      const interval = positive(options.interval, "--interval");
      let left = options.count === undefined ? Number.POSITIVE_INFINITY : positive(options.count, "--count");
      let since = options.since ?? (await newest(client, id, options.branch));
      for (;;) {
        const items = await versions(client, id, { branch: options.branch, since, limit: String(PAGE) });
        for (const item of items.reverse()) {
          await write(context.stdout, `${item}\n`);
          since = sequenceOf(item);
          if (--left === 0) return;
        }
        await sleep(interval);
      }
    });
  },
};

/** The sequence of the newest version; "" when the document never was. */
async function newest(client: RestClient, id: string, branch: string | undefined): Promise<string> {
  const [item] = await versions(client, id, { branch, since: undefined, limit: "1" });
  return item === undefined ? "" : sequenceOf(item);
}

async function versions(
  client: RestClient,
  id: string,
  query: { branch: string | undefined; since: string | undefined; limit: string },
): Promise<string[]> {
  try {
    const text = await client.text({
      method: "GET",
      path: `/api/v1/history/${encodeURIComponent(id)}`,
      query,
      timeoutMs: 60_000,
    });
    return arrayElements(memberText(parseObject(text), "history") ?? "[]");
  } catch (thrown) {
    // A document may be waited for before it exists.
    if (thrown instanceof CliError && thrown.exitCode === EXIT.notFound) return [];
    throw thrown;
  }
}

function sequenceOf(item: string): string {
  return memberText(parseObject(item), "sequence") ?? "";
}
