// What a command leaves in commits, notes and the slow log: its name, how many arguments, its first key. Never values.
import type { Intent } from "../../core/contract.ts";
import type { Words } from "./command.ts";
import { keysAmong } from "./describe.ts";
import { keyText } from "./keys.ts";
import type { Found } from "./registry.ts";

/** Names in upper case; as many as there are commands. */
const UPPER = new Map<string, string>();

function upper(name: string): string {
  let text = UPPER.get(name);
  if (text === undefined) {
    text = name.toUpperCase();
    UPPER.set(name, text);
  }
  return text;
}

/** The facts of a write for its note. */
export function writeMetadata({ command, name, args }: Found): Record<string, unknown> {
  // Most commands have one key, the first argument.
  if (command.keys?.first === 1 && command.keys.last === 1)
    return { command: upper(name), "arg-count": args.length, key: keyText(args[0]) };
  const metadata: Record<string, unknown> = { command: upper(name), "arg-count": args.length };
  const keys = keysAmong(command, name, args);
  if (keys[0] !== undefined) metadata["key"] = keyText(keys[0]);
  if (keys.length > 1) metadata["key-count"] = keys.length;
  return metadata;
}

export function intentOf(words: Words, metadata: Record<string, unknown>): Intent {
  return { operation: words.operation, message: words.message, flags: words.flags, requestId: "", metadata };
}

/** A command as the slow log shows it. */
export function slowWords({ command, name, args }: Found): string[] {
  const key = keysAmong(command, name, args)[0];
  const words = [...name.toUpperCase().split("|"), ...(key === undefined ? [] : [keyText(key)])];
  const hidden = args.length - (key === undefined ? 0 : 1);
  return hidden > 0 ? [...words, `... (${hidden} more arguments)`] : words;
}
