// Names and library names of connections appear in CLIENT LIST, so they hold no spaces or control characters.
import { refusal } from "../refusals.ts";

function isPrintable(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

/** Throws Redis's refusal. */
export function checkClientName(bytes: Buffer): string {
  const name = bytes.toString("latin1");
  if (!isPrintable(name)) throw refusal("Client names cannot contain spaces, newlines or special characters.");
  return name;
}

export function checkLibraryFact(bytes: Buffer, what: "lib-name" | "lib-ver"): string {
  const fact = bytes.toString("latin1");
  if (!isPrintable(fact)) throw refusal(`${what} cannot contain spaces, newlines or special characters.`);
  return fact;
}
