// Words that ride on a request beside its body: claimed user, origin, flags, request id, message. Each comes as a header or a
// query parameter, is bounded, and may not hold control characters, since it ends in a commit message or a note.
import type { IncomingHttpHeaders } from "node:http";
import { ChronError } from "../../base/errors.ts";
import type { LimitName, Limits } from "../../base/limits.ts";

// Built from code points, so that the file itself holds no control characters.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** A header's text. Node reads header bytes as Latin-1; clients that send UTF-8 mean UTF-8. */
export function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value.join(",") : value;
  if (text === undefined) return undefined;
  if (/^[\u0000-\u007f]*$/.test(text)) return text;
  const decoded = Buffer.from(text, "latin1").toString("utf8");
  return decoded.includes("\ufffd") ? text : decoded;
}

/** The text, trimmed, within its limit and without control characters. Throws INVALID_ARGUMENT. */
export function checkedWord(what: string, text: string, limit: LimitName, limits: Limits): string {
  const word = text.trim();
  const bytes = Buffer.byteLength(word);
  if (bytes > limits[limit]) {
    throw new ChronError("INVALID_ARGUMENT", `${what} is ${bytes} bytes; at most ${limits[limit]} are taken (limit ${limit}).`, {
      limit,
    });
  }
  if (CONTROL.test(word)) throw new ChronError("INVALID_ARGUMENT", `${what} has a control character; send plain text.`);
  return word;
}

/** `a, b,,c` as a list. Throws INVALID_ARGUMENT. */
export function flagList(text: string, limits: Limits): string[] {
  const flags = text
    .split(",")
    .map((flag) => checkedWord("A flag of X-ChronDB-Flags", flag, "flagBytes", limits))
    .filter((flag) => flag !== "");
  if (flags.length > limits.flagsPerWrite) {
    throw new ChronError(
      "INVALID_ARGUMENT",
      `X-ChronDB-Flags lists ${flags.length} flags; at most ${limits.flagsPerWrite} are taken (limit flagsPerWrite).`,
      { limit: "flagsPerWrite" },
    );
  }
  return [...new Set(flags)];
}

/** The id a client gave its request, else undefined. Unusable ones are left to `callerOf`, which refuses them. */
export function givenRequestId(headers: IncomingHttpHeaders, url: string): string | undefined {
  const header = headerText(headers, "x-request-id") ?? headerText(headers, "x-correlation-id");
  if (header !== undefined && header.trim() !== "") return header.trim();
  if (!url.includes("request-id=")) return undefined;
  const query = new URLSearchParams(url.slice(url.indexOf("?") + 1)).get("request-id");
  return query === null || query === "" ? undefined : query;
}

/** Whether the text may be sent back as a header. */
export function isHeaderSafe(text: string): boolean {
  return /^[\t\u0020-\u007e]*$/.test(text);
}
