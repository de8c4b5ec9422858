// Where a document lies in the tree, and back.
//
//   <table>/<ab>/<cd>/<name>.json     the document: exactly its stored bytes
//   <table>/<ab>/<cd>/<name>.meta     beside it only where something is not the default: kind, expiry, a long key
//   _schema/<table>.json              a declared table
//
// ab and cd are the first two bytes of the SHA-1 of the id, so that no directory grows large. Names are the id with every byte
// outside a-z 0-9 - _ . written %hh: two ids never share a name, not even on a file system that ignores case (upper case is
// escaped) or normalises Unicode (everything beyond ASCII is escaped), and no name means anything to git, to a shell or to
// Windows. A name that would be longer than NAME_MAXIMUM keeps its beginning and ends in `~` and a hash of the id; `~` is
// escaped everywhere else, so these are told apart, and their key is in the sidecar.
import crypto from "node:crypto";

export const SCHEMA_DIRECTORY = "_schema";
export const BODY = ".json";
export const SIDECAR = ".meta";
const NAME_MAXIMUM = 200;
const NAME_KEPT = 120;

const PLAIN = /^[a-z0-9][a-z0-9_.-]*$/;
// Names Windows gives to devices, whatever their extension.
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/;

const ESCAPED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const plain = (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || byte === 45 || byte === 95 || byte === 46;
  return plain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`;
});

function always(byte: number): string {
  return `%${byte.toString(16).padStart(2, "0")}`;
}

/** A table's or document's name as a file name, of any length. Injective. */
export function encodeName(text: string): string {
  if (PLAIN.test(text) && !text.endsWith(".") && !DEVICE.test(text)) return text;
  const bytes = Buffer.from(text, "utf8");
  let name = "";
  for (const byte of bytes) name += ESCAPED[byte];
  // A first character that hides (.), is an option (-) or is kept for us (_); a device's name.
  const first = name.charCodeAt(0);
  if (first === 46 || first === 45 || first === 95 || DEVICE.test(name)) name = always(first) + name.slice(1);
  return name.endsWith(".") ? `${name.slice(0, -1)}%2e` : name;
}

/** The inverse of encodeName; null when it is not a name that encodeName makes. */
export function decodeName(name: string): string | null {
  if (!/^(?:[a-z0-9_.-]|%[0-9a-f]{2})+$/.test(name)) return null;
  try {
    const text = decodeURIComponent(name);
    return encodeName(text) === name ? text : null;
  } catch {
    // Escapes that are no UTF-8: decodeURIComponent's only way of saying so.
    return null;
  }
}

export interface Place {
  /** Directory of the table. */
  readonly table: string;
  readonly ab: string;
  readonly cd: string;
  /** File name without `.json` or `.meta`. */
  readonly name: string;
  /** The name does not tell the id. */
  readonly long: boolean;
}

// A document's place is asked for twice in a row: for its tree, and for its note.
let placed: { readonly table: string; readonly id: string; readonly place: Place } | null = null;

export function placeOf(table: string, id: string): Place {
  if (placed?.id === id && placed.table === table) return placed.place;
  const place = makePlace(table, id);
  placed = { table, id, place };
  return place;
}

function makePlace(table: string, id: string): Place {
  const hash = crypto.hash("sha1", id, "hex");
  let name = encodeName(id);
  const long = name.length > NAME_MAXIMUM;
  // Not the SHA-1: a name that stands for an id must not be one that two chosen ids can share.
  if (long) name = `${name.slice(0, NAME_KEPT).replace(/%.?$/, "")}~${crypto.hash("sha256", id, "hex")}`;
  return { table: encodeName(table), ab: hash.slice(0, 2), cd: hash.slice(2, 4), name, long };
}

export function pathOf(place: Place): string {
  return `${place.table}/${place.ab}/${place.cd}/${place.name}${BODY}`;
}

export function schemaName(table: string): string {
  return `${encodeName(table)}${BODY}`;
}

/** What a path of the tree is. `id` is null for a long name: the sidecar knows it. */
export type ParsedPath =
  | { readonly kind: "body" | "sidecar"; readonly table: string; readonly id: string | null; readonly stem: string }
  | { readonly kind: "schema"; readonly table: string };

/** Null when it is no path of ours. */
export function parsePath(path: string): ParsedPath | null {
  const parts = path.split("/");
  const file = parts.at(-1) ?? "";
  const extension = file.slice(-5);
  if (extension !== BODY && extension !== SIDECAR) return null;
  const name = file.slice(0, -5);
  if (parts.length === 2 && parts[0] === SCHEMA_DIRECTORY && extension === BODY) {
    const table = decodeName(name);
    return table === null ? null : { kind: "schema", table };
  }
  if (parts.length !== 4) return null;
  const table = decodeName(parts[0] ?? "");
  const long = name.includes("~");
  const id = long ? null : decodeName(name);
  if (table === null || (id === null && !long)) return null;
  return { kind: extension === BODY ? "body" : "sidecar", table, id, stem: path.slice(0, -5) };
}
