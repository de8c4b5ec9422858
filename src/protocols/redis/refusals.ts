// Refusals in the Redis door's words. A refusal is a ChronError everywhere; here it becomes an error line, and Redis's own
// sentences, which client libraries match, are made here and nowhere else.
import { ChronError } from "../../base/errors.ts";
import { type ErrorReply, error } from "./reply.ts";

/** `ERR <text>`: for what Redis refuses too, in its own words. */
export function refusal(text: string): ChronError {
  return new ChronError("INVALID_ARGUMENT", text);
}

export function syntaxError(): ChronError {
  return refusal("syntax error");
}

export function notAnInteger(): ChronError {
  return refusal("value is not an integer or out of range");
}

export function wrongType(): ChronError {
  return new ChronError("WRONG_KIND", "Operation against a key holding the wrong kind of value");
}

export function wrongArity(name: string): ChronError {
  return refusal(`wrong number of arguments for '${name}' command`);
}

/** A ChronError as an error line: its word, its sentence, on one line. */
export function errorReply(thrown: ChronError): ErrorReply {
  return error(`${thrown.kind.redis} ${oneLine(thrown.message)}`);
}

/** Redis ends a reply at a line break, so none may stand inside an error. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, " ");
}
