// Turns one element of an import into the line that is sent: its id set, and number fields unquoted exactly as written.
import { JsonProblem, memberText, parseObject, withMembers } from "../../base/json.ts";
import { DEFAULT_TABLE, isTableName } from "../../base/keys.ts";
import { CliError, EXIT } from "../exit.ts";

export interface ConvertOptions {
  /** Table of documents whose id does not name one; null leaves ids as they are. */
  readonly table: string | null;
  /** Number the documents 1, 2, 3 …; needs a table. */
  readonly idSequence: boolean;
  /** The field that holds the id; null: `id`. */
  readonly idField: string | null;
  /** Fields whose strings are numbers: "42.53176" becomes 42.53176. */
  readonly numbers: readonly string[];
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

/** What is wrong with one element; the others go on. */
export class ElementProblem extends Error {
  override readonly name = "ElementProblem";
}

export function checkOptions(options: ConvertOptions): void {
  if (options.table !== null && !isTableName(options.table)) {
    throw new CliError(
      EXIT.usage,
      `${JSON.stringify(options.table)} cannot be a table: 1 to 63 bytes, no colon, no leading underscore.`,
    );
  }
  if (options.idSequence && options.idField !== null) throw new CliError(EXIT.usage, "Give --id-seq or --id-field, not both.");
  if (options.idSequence && options.table === null)
    throw new CliError(EXIT.usage, "--id-seq needs --table, to make ids like city:1.");
}

/** `ordinal` counts elements from 1. Answers compact JSON on one line, without a line end. Throws ElementProblem. */
export function convert(element: string, ordinal: number, options: ConvertOptions): string {
  try {
    const object = parseObject(element);
    const changes = new Map<string, string | null>();
    changes.set("id", JSON.stringify(idOf(options, ordinal, (name) => memberText(object, name))));
    for (const name of options.numbers) {
      const text = memberText(object, name);
      if (text?.startsWith('"') === true) changes.set(name, numberText(name, JSON.parse(text) as string));
    }
    return withMembers(object, changes);
  } catch (thrown) {
    if (thrown instanceof JsonProblem) throw new ElementProblem(thrown.message);
    throw thrown;
  }
}

function numberText(name: string, text: string): string {
  if (NUMBER.test(text)) return text;
  throw new ElementProblem(`field ${name} is ${JSON.stringify(text)}, which is not a number`);
}

function idOf(options: ConvertOptions, ordinal: number, member: (name: string) => string | undefined): string {
  if (options.idSequence) return prefixed(String(ordinal), options.table);
  const field = options.idField ?? "id";
  const text = member(field);
  if (text === undefined)
    throw new ElementProblem(`there is no field ${field} to take the id from; --id-seq or --id-field may help`);
  const isText = text.startsWith('"');
  if (!isText && !/^-?\d+$/.test(text))
    throw new ElementProblem(`field ${field} is ${text.slice(0, 40)}, not a string or a whole number`);
  return prefixed(isText ? (JSON.parse(text) as string) : text, options.table);
}

function prefixed(id: string, table: string | null): string {
  return table === null || table === DEFAULT_TABLE || id.startsWith(`${table}:`) ? id : `${table}:${id}`;
}
