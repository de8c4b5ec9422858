// Reads one YAML file into a flat list of settings: dotted path -> value.
import { readFileSync, statSync } from "node:fs";
import { parseDocument } from "yaml";
import { ChronError, messageOf } from "../base/errors.ts";

/** A configuration is a page or two; anything larger is the wrong file. */
const FILE_BYTES = 1024 * 1024;

export interface ConfigFile {
  readonly values: ReadonlyMap<string, unknown>;
  /** Permission bits. */
  readonly mode: number;
}

export function readConfigFile(path: string): ConfigFile {
  let text: string;
  let mode: number;
  try {
    const facts = statSync(path);
    if (facts.size > FILE_BYTES) throw new Error(`it is ${facts.size} bytes and a configuration is at most ${FILE_BYTES}`);
    mode = facts.mode & 0o777;
    text = readFileSync(path, "utf8");
  } catch (thrown) {
    throw new ChronError("INVALID_CONFIG", `The configuration file ${path} cannot be read: ${messageOf(thrown)}.`);
  }
  const document = parseDocument(text, { prettyErrors: true });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const [first = ""] = problem.message.split("\n");
    throw new ChronError("INVALID_CONFIG", `The configuration file ${path} is not valid YAML: ${first.replace(/:$/, "")}.`);
  }
  const root: unknown = document.toJS({ maxAliasCount: 10 });
  const values = new Map<string, unknown>();
  if (root !== null && root !== undefined) {
    if (!isMapping(root)) throw new ChronError("INVALID_CONFIG", `The configuration file ${path} must be a mapping of settings.`);
    flatten(root, "", values);
  }
  return { values, mode };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function flatten(mapping: Record<string, unknown>, prefix: string, into: Map<string, unknown>): void {
  for (const [key, value] of Object.entries(mapping)) {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    if (isMapping(value)) flatten(value, path, into);
    // A heading whose settings are all commented out reads as null.
    else into.set(path, value);
  }
}
