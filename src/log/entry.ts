// What the log holds: one entry for each transaction, of *effects* (what is so now), never of commands.
// A commit is a pure function of its entry and its parent, so whatever a commit, its tree or its note needs is in here.

/** Which door a transaction came through, or the part of ChronDB that made it. */
export type Origin = string;

/**
 * What kind of value a document is. Documents and strings are told apart by their bytes (see base/document.ts `classify`);
 * a hash looks like a document and needs a sidecar in the tree.
 */
export const KIND = { document: 0, string: 1, hash: 2 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/** A document as stored: `body` is the exact text (documents, hashes, UTF-8 strings) or the exact bytes (other strings). */
export interface PutEffect {
  readonly op: "put";
  readonly table: string;
  readonly id: string;
  readonly kind: Kind;
  readonly body: string | Buffer;
  /** Milliseconds since 1970 after which the document no longer exists; 0 = never. */
  readonly expiresAt: number;
}

export interface DeleteEffect {
  readonly op: "delete";
  readonly table: string;
  readonly id: string;
}

/** Declares a table, replaces its definition, or (null) drops it with its documents. */
export interface DefineEffect {
  readonly op: "define";
  readonly table: string;
  readonly definition: TableDefinition | null;
}

/** Moves, makes or (null) deletes a branch head. Only written once branches exist; in the format from the start. */
export interface BranchEffect {
  readonly op: "branch";
  readonly name: string;
  readonly head: number | null;
}

export type Effect = PutEffect | DeleteEffect | DefineEffect | BranchEffect;

export interface ColumnDefinition {
  readonly name: string;
  /** PostgreSQL's name of the type, `int4`, `varchar`, `_text`; with its modifier (-1 = none). */
  readonly type: string;
  readonly typmod: number;
  readonly notNull: boolean;
  /** SQL text of the default, as PostgreSQL would print it. */
  readonly default: string | null;
}

export interface UniqueDefinition {
  readonly name: string;
  readonly columns: readonly string[];
}

/** A declared table. It is a file of the tree too (`_schema/<table>.json`), so it must survive JSON. */
export interface TableDefinition {
  readonly table: string;
  readonly columns: readonly ColumnDefinition[];
  /** Empty when no PRIMARY KEY was declared; the document id is then `id`. */
  readonly primaryKey: { readonly name: string; readonly columns: readonly string[] } | null;
  readonly unique: readonly UniqueDefinition[];
  /** Never committed to git when true. */
  readonly unversioned: boolean;
}

/** Who, from where and why. Goes into the note; never holds a document's values. */
export interface EntryHead {
  /** An entry's number in its tenant; 1, 2, 3 … without gaps. */
  readonly sequence: number;
  /** Microseconds since 1970; strictly greater than the entry before, whatever the clock did. */
  readonly time: number;
  readonly branch: string;
  readonly txId: string;
  readonly origin: Origin;
  /** As claimed by the caller / as authenticated. "" = none. */
  readonly user: string;
  readonly principal: string;
  readonly requestId: string;
  readonly flags: readonly string[];
  readonly operation: string;
  /** First line of the commit. */
  readonly message: string;
  /** Per-door extras for the note (`{"http":{…}}`, `{"command":"SET"}`) as compact JSON text; "" = none. */
  readonly metadata: string;
}

export interface Entry {
  readonly head: EntryHead;
  readonly effects: readonly Effect[];
}
