// chrondb verify: compares log, state and git, through the server or, with --offline, on the data directory.
import type { OfflineReport, Verb } from "../contract.ts";
import { CliError, EXIT } from "../exit.ts";
import { write } from "../output.ts";
import { type ConnectionOptions, RestClient, withConnection } from "../rest-client.ts";

interface Options extends ConnectionOptions {
  readonly offline?: boolean;
  readonly dataDir: string;
}

/** A check reads everything once. */
const VERIFY_TIMEOUT_MS = 24 * 3_600_000;

const HELP = `
Examples:
  chrondb verify                                   asks the running server
  chrondb verify --offline --data-dir /srv/data    while no server runs`;

export const verify: Verb = {
  name: "verify",
  register(program, context) {
    const command = program
      .command("verify")
      .summary("check log, state and git against one another")
      .description("Checks log, state and git against one another. Exit code 1 when anything is wrong.")
      .option("--offline", "on the data directory, while no server runs")
      .option("--data-dir <directory>", "the data directory, with --offline (CHRONDB_DATA_DIR)", context.env.dataDir)
      .addHelpText("after", HELP);
    withConnection(command, context.env).action(async (options: Options) => {
      if (options.offline !== true) {
        const client = new RestClient(options, context.env);
        const text = await client.text({ method: "POST", path: "/api/v1/verify", timeoutMs: VERIFY_TIMEOUT_MS });
        await write(context.stdout, `${text}\n`);
        return;
      }
      const report = await context.offline.verify({ dataDir: options.dataDir, tenant: options.tenant });
      await write(context.stdout, reportText(report));
      if (!report.ok) throw new CliError(EXIT.failed, "Something is wrong; the lines above say what, and what to do.");
    });
  },
};

function reportText(report: OfflineReport): string {
  return report.checks.map((check) => `${check.ok ? "ok  " : "FAIL"}  ${check.component}: ${check.message}\n`).join("");
}
