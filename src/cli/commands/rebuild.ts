// chrondb rebuild: makes the state anew from git and log, or the whole data directory from a clone.
import { systemClock } from "../../base/clock.ts";
import type { Verb } from "../contract.ts";
import { write } from "../output.ts";

interface Options {
  readonly dataDir: string;
  readonly tenant: string;
  readonly fromClone?: string;
}

const HELP = `
The state (SQLite) is derived: it can be deleted and made again. While no server runs:
  chrondb rebuild                                  from this directory's own git history and log
  git clone --mirror ssh://backup/data copy.git && chrondb rebuild --data-dir new --from-clone copy.git`;

/** Milliseconds between two lines of progress. */
const LINE_EVERY_MS = 2000;

export const rebuild: Verb = {
  name: "rebuild",
  register(program, context) {
    program
      .command("rebuild")
      .summary("make the state anew from git and log")
      .description("Makes a tenant's state anew from its git history and log, or from a stock clone of its repository.")
      .option("--data-dir <directory>", "the data directory (CHRONDB_DATA_DIR)", context.env.dataDir)
      .option("--tenant <name>", "whose state", "chrondb")
      .option("--from-clone <repository>", "a `git clone --mirror` to rebuild from")
      .addHelpText("after", HELP)
      .action(async (options: Options) => {
        const started = systemClock.elapsed();
        let next = started + LINE_EVERY_MS;
        const { entries, messages } = await context.offline.rebuild({
          dataDir: options.dataDir,
          tenant: options.tenant,
          clone: options.fromClone ?? null,
          progress: (count) => {
            if (systemClock.elapsed() < next) return;
            next = systemClock.elapsed() + LINE_EVERY_MS;
            context.stderr.write(`${count} transactions\n`);
          },
        });
        for (const message of messages) context.stderr.write(`${message}\n`);
        const seconds = (systemClock.elapsed() - started) / 1000;
        await write(context.stdout, `Rebuilt ${options.tenant} from ${entries} transactions in ${seconds.toFixed(1)} s\n`);
      });
  },
};
