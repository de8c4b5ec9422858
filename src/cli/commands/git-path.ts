// chrondb git-path: where a tenant's git repository lies, for stock git.
import type { Verb } from "../contract.ts";
import { write } from "../output.ts";

interface Options {
  readonly dataDir: string;
  readonly tenant: string;
}

const HELP = `
Examples:
  git -C "$(chrondb git-path)" log --show-notes=chrondb -1
  git clone --mirror "$(chrondb git-path --tenant shop)" shop-backup.git`;

export const gitPath: Verb = {
  name: "git-path",
  register(program, context) {
    program
      .command("git-path")
      .summary("print where a tenant's git repository lies")
      .description(
        "Prints the absolute path of a tenant's bare git repository. Reading it with stock git is safe while the server runs.",
      )
      .option("--data-dir <directory>", "the data directory (CHRONDB_DATA_DIR)", context.env.dataDir)
      .option("--tenant <name>", "whose repository", "chrondb")
      .addHelpText("after", HELP)
      .action(async (options: Options) => {
        await write(context.stdout, `${context.offline.gitPath({ dataDir: options.dataDir, tenant: options.tenant })}\n`);
      });
  },
};
