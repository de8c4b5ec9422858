// The keys of a command given as arguments, for COMMAND GETKEYS and GETKEYSANDFLAGS.
import type { Spec } from "../command.ts";
import { keysAmong } from "../describe.ts";
import type { Door } from "../door.ts";
import { refusal } from "../refusals.ts";
import { text } from "./arguments.ts";

export function commandKeys(door: Door, args: readonly Buffer[]): { spec: Spec; keys: Buffer[] } {
  const found = door.registry.find(text(args, 0), args.slice(1));
  if ("type" in found) {
    const known = door.registry.entry(text(args, 0)) !== undefined;
    throw refusal(known ? "Invalid number of arguments specified for command" : "Invalid command specified");
  }
  const keys = keysAmong(found.command, found.name, found.args);
  if (keys.length === 0) throw refusal("The command has no key arguments");
  return { spec: found.command, keys };
}
