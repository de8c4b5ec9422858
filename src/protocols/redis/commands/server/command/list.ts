import type { Entry, SessionCommand } from "../../../command.ts";
import { categoriesOf } from "../../../describe.ts";
import { syntaxError } from "../../../refusals.ts";
import { bulks } from "../../../reply.ts";
import { at, text, word } from "../../../values/arguments.ts";
import { globMatches } from "../../../values/glob.ts";

function filterOf(args: readonly Buffer[]): (entry: Entry) => boolean {
  if (args.length === 0) return () => true;
  if (args.length !== 3 || word(args, 0) !== "FILTERBY") throw syntaxError();
  switch (word(args, 1)) {
    case "PATTERN":
      return (entry) => globMatches(at(args, 2), Buffer.from(entry.name), true);
    case "ACLCAT": {
      const category = `@${text(args, 2).toLowerCase()}`;
      return (entry) => categoriesOf(entry).includes(category);
    }
    case "MODULE":
      // There are no modules, so none has a command.
      return () => false;
    default:
      throw syntaxError();
  }
}

export const commandList: SessionCommand = {
  kind: "session",
  name: "list",
  summary: "Lists the names of the commands (FILTERBY PATTERN, ACLCAT, MODULE)",
  since: "7.0.0",
  group: "server",
  complexity: "O(N) where N is the number of commands",
  arity: -2,
  flags: ["loading", "stale"],
  categories: ["@connection"],
  run: (_session, args, { door }) => bulks(door.registry.entries.filter(filterOf(args)).map(({ name }) => name)),
};
