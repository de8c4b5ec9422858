// Finds the command of a request. The list is commands/index.ts; names, subcommands and argument counts are checked here.
import type { Command, Container, Entry } from "./command.ts";
import { oneLine } from "./refusals.ts";
import { bulks, type ErrorReply, error } from "./reply.ts";

/** A command with what was given to it, ready to run. */
export interface Found {
  readonly command: Command;
  /** `get`, `client|id`. */
  readonly name: string;
  readonly args: readonly Buffer[];
}

export class Registry {
  readonly entries: readonly Entry[];
  readonly #byName = new Map<string, Entry>();
  readonly #subcommands = new Map<string, Command>();
  readonly #refused: ReadonlyMap<string, string>;

  /** `refused`: sentences for commands of Redis that this server will not have, by name (`cluster`, `client|tracking`). */
  constructor(entries: readonly Entry[], refused: ReadonlyMap<string, string>) {
    this.entries = entries;
    this.#refused = refused;
    for (const entry of entries) {
      this.#byName.set(entry.name, entry);
      // Clients write names in either case; both are found without folding.
      this.#byName.set(entry.name.toUpperCase(), entry);
      if (entry.kind !== "container") continue;
      for (const sub of [...entry.subcommands, helpCommand(entry)]) this.#subcommands.set(`${entry.name}|${sub.name}`, sub);
    }
  }

  /** A command or container; of `client|id` the subcommand. Any case. */
  entry(name: string): Entry | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const lower = name.toLowerCase();
    return this.#byName.get(lower) ?? this.#subcommands.get(lower);
  }

  /** The command of a request, or the error Redis gives for what is wrong with it. */
  find(name: string, args: readonly Buffer[]): Found | ErrorReply {
    const entry = this.#byName.get(name) ?? this.#byName.get(name.toLowerCase());
    if (entry === undefined) return this.#unknown(name, args);
    if (entry.kind === "container") return this.#findSub(entry, args);
    const argc = args.length + 1;
    if (entry.arity > 0 ? argc !== entry.arity : argc < -entry.arity) return wrongCount(entry.name);
    return { command: entry, name: entry.name, args };
  }

  #findSub(container: Container, args: readonly Buffer[]): Found | ErrorReply {
    const [word, ...rest] = args;
    if (word === undefined) {
      return container.alone === undefined
        ? wrongCount(container.name)
        : { command: container.alone, name: container.name, args };
    }
    const asked = word.toString("latin1");
    const full = `${container.name}|${asked.toLowerCase()}`;
    const command = this.#subcommands.get(full);
    if (command === undefined) {
      const refused = this.#refused.get(full);
      return error(
        refused === undefined
          ? oneLine(`ERR unknown subcommand '${asked.slice(0, 128)}'. Try ${container.name.toUpperCase()} HELP.`)
          : `ERR ${refused}`,
      );
    }
    const argc = args.length + 1;
    if (command.arity > 0 ? argc !== command.arity : argc < -command.arity) return wrongCount(full);
    return { command, name: full, args: rest };
  }

  /** Redis prints the first 128 characters of the name and of all arguments together, and stops each at a zero byte. */
  #unknown(name: string, args: readonly Buffer[]): ErrorReply {
    const refused = this.#refused.get(name.toLowerCase());
    if (refused !== undefined) return error(`ERR ${refused}`);
    let shown = "";
    for (const arg of args) {
      if (shown.length >= 128) break;
      shown += `'${untilZero(arg.toString("utf8", 0, 512)).slice(0, 128 - shown.length)}' `;
    }
    const word = untilZero(Buffer.from(name.slice(0, 128), "latin1").toString("utf8"));
    return error(oneLine(`ERR unknown command '${word}', with args beginning with: ${shown}`));
  }
}

function wrongCount(name: string): ErrorReply {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

function untilZero(text: string): string {
  const zero = text.indexOf("\0");
  return zero < 0 ? text : text.slice(0, zero);
}

/** HELP of a container, from the declarations of its subcommands. */
function helpCommand(container: Container): Command {
  const lines = [`${container.name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  for (const sub of container.subcommands) lines.push(sub.name.toUpperCase(), `    ${sub.summary}.`);
  lines.push("HELP", "    Prints this help.");
  return {
    kind: "session",
    name: "help",
    summary: `Lists the subcommands of ${container.name.toUpperCase()}`,
    since: "5.0.0",
    group: container.group,
    complexity: "O(1)",
    arity: 2,
    flags: ["loading", "stale"],
    run: () => bulks(lines),
  };
}
