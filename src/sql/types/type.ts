// What a type is to this room. A value lives in three forms:
//   text      what PostgreSQL prints and reads (what the doors carry),
//   internal  how SQLite holds it while a statement runs (`Raw`),
//   document  JSON in a stored body.
// Internal forms: bool 0/1 · integers and OIDs INTEGER · floats REAL (NaN is the text 'NaN', which sorts after every number, as
// PostgreSQL has it) · numeric TEXT as written · text TEXT · date and time types fixed-width ISO TEXT, so that text order is
// time order · uuid lower-case TEXT · bytea BLOB · json and jsonb TEXT as written · arrays JSON TEXT.
import type { Style } from "./style.ts";

/** A value inside SQLite. */
export type Raw = string | number | bigint | Buffer | null;
export type Present = Exclude<Raw, null>;

export type Storage = "integer" | "real" | "text" | "blob";

export interface SqlType {
  readonly oid: number;
  /** OID of the array type over this one; 0 when there is none. */
  readonly arrayOid: number;
  /** For arrays (and vectors) the element's OID; else 0. */
  readonly elementOid: number;
  /** pg_type.typname. */
  readonly name: string;
  /** As format_type prints it. */
  readonly display: string;
  /** pg_type.typlen. */
  readonly length: number;
  /** pg_type.typcategory and typispreferred, which operator resolution uses. */
  readonly category: string;
  readonly preferred: boolean;
  readonly storage: Storage;
  /** Text to internal. Throws SqlError (22P02 and kin) without a position. */
  input(text: string, typmod: number, style: Style): Present;
  /** Internal to text. Integers may come as number or bigint. */
  output(raw: Present, style: Style): string;
  /** Wire binary to text, and back. */
  decode(bytes: Buffer): string;
  encode(text: string): Buffer;
  /** SQLite text of the form to compare, sort and group by; null when the internal form already does. */
  readonly key: ((sql: string) => string) | null;
  /** False for types without equality (json). */
  readonly comparable: boolean;
  /** SQLite text that takes the value out of a document: `body` is a column, `path` a quoted JSON path literal. */
  member(body: string, path: string): string;
  /** Internal to the JSON text stored in a document. */
  toJson(raw: Present, style: Style): string;
  /** JSON text of a document (never `null`) to internal; accepts what other doors may have written. Throws SqlError. */
  fromJson(json: string, style: Style): Present;
  /** Applies a modifier such as varchar(10)'s. Null when the type has none. */
  readonly modify: ((raw: Present, typmod: number, explicit: boolean) => Present) | null;
  /** `(10,2)` of a typmod, and the typmod of written modifiers. */
  readonly showModifier: ((typmod: number) => string) | null;
  readonly readModifier: ((modifiers: number[]) => number) | null;
}
