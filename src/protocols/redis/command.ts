// What a command is. One literal declares it; COMMAND, COMMAND DOCS, key positions, permission categories and the checks of
// argument counts are derived from that literal (registry.ts, describe.ts).
import type { Caller, ReadView, Tenant, WriteTx } from "../../core/contract.ts";
import type { Door } from "./door.ts";
import type { Reply } from "./reply.ts";
import type { Session } from "./session.ts";

export type Group = "connection" | "server" | "generic" | "string" | "hash" | "transactions" | "scripting" | "chrondb";
export type Flag =
  | "write"
  | "readonly"
  | "denyoom"
  | "fast"
  | "admin"
  | "noscript"
  | "loading"
  | "stale"
  | "no_auth"
  | "allow_busy"
  | "skip_slowlog";

/** Positions of keys, as COMMAND INFO counts: the command's name is 0; a negative `last` counts from the end. */
export interface KeyRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  /** What happens to the keys: RO, RW, OW or RM, then access, update, insert, delete. */
  readonly access: readonly string[];
}

export interface Spec {
  /** Lower case; of a subcommand, its own word only. */
  readonly name: string;
  readonly summary: string;
  /** The version of Redis (or of ChronDB) that had it first. */
  readonly since: string;
  readonly group: Group;
  readonly complexity: string;
  /** Arguments with the name: exact, or negative for at least so many. A subcommand counts its container's name too. */
  readonly arity: number;
  readonly flags: readonly Flag[];
  readonly keys?: KeyRange;
  /** Categories beyond those that group and flags give. */
  readonly categories?: readonly string[];
}

/** Words for the commit of a write. */
export interface Words {
  readonly operation: string;
  readonly message: string;
  readonly flags: readonly string[];
}

export const SAVE: Words = { operation: "save-document", message: "Save document", flags: [] };
export const DELETE: Words = { operation: "delete-document", message: "Delete document", flags: ["delete"] };

/** What every command may ask for besides its arguments. */
export interface Context {
  readonly door: Door;
  readonly session: Session;
}

/** And what a command that waits may: it is not in a view yet. */
export interface WaitContext extends Context {
  readonly tenant: Tenant;
  readonly caller: Caller;
}

/** A read too long for one turn of the event loop: `step` is called until it answers. */
export interface SlicedRead {
  step(view: ReadView): Reply | undefined;
}

// `args` are everything after the name (and after the subcommand's word). Each may answer an error or throw a ChronError.

/** Reads the tenant's newest state. */
export interface ReadCommand extends Spec {
  readonly kind: "read";
  run(view: ReadView, args: readonly Buffer[], context: Context): Reply;
  /** Runs at once inside MULTI instead of being queued (WATCH). */
  readonly immediate?: true;
}

/** Reads in slices; inside MULTI, all slices at once. */
export interface SlicedReadCommand extends Spec {
  readonly kind: "sliced-read";
  begin(args: readonly Buffer[], context: Context): SlicedRead;
}

/** Runs in the writer's turn: one commit. */
export interface WriteCommand extends Spec {
  readonly kind: "write";
  readonly words: Words;
  run(tx: WriteTx, args: readonly Buffer[], context: Context): Reply;
}

/** A write that may be too long for one turn: yields between slices; inside MULTI, all slices at once. */
export interface SlicedWriteCommand extends Spec {
  readonly kind: "sliced-write";
  readonly words: Words;
  run(tx: WriteTx, args: readonly Buffer[], context: Context): Generator<void, Reply>;
}

/** Touches only the connection or the door, no data. */
export interface SessionCommand extends Spec {
  readonly kind: "session";
  run(session: Session, args: readonly Buffer[], context: Context): Reply;
  /** Runs at once inside MULTI instead of being queued. */
  readonly immediate?: true;
  /** Refused inside MULTI. */
  readonly notInMulti?: true;
  /** Waits for the replies before it, because it changes how replies are written. */
  readonly barrier?: true;
}

/** Waits for something (a password check, the archive); the connection's next commands wait for it. Not inside MULTI. */
export interface WaitCommand extends Spec {
  readonly kind: "wait";
  run(context: WaitContext, args: readonly Buffer[]): Promise<Reply>;
}

/** EXEC: what it does depends on what was queued, so the session does it. */
export interface ExecCommand extends Spec {
  readonly kind: "exec";
}

/** A name with subcommands; HELP is derived. */
export interface Container extends Spec {
  readonly kind: "container";
  readonly subcommands: readonly Command[];
  /** What the name alone does; absent: it needs a subcommand. */
  readonly alone?: Command;
}

export type Command =
  | ReadCommand
  | SlicedReadCommand
  | WriteCommand
  | SlicedWriteCommand
  | SessionCommand
  | WaitCommand
  | ExecCommand;

export type Entry = Command | Container;

export const KEY = { first: 1, last: 1, step: 1 } as const;
export const KEYS = { first: 1, last: -1, step: 1 } as const;
export const PAIRS = { first: 1, last: -1, step: 2 } as const;
/** The key of a subcommand. */
export const SUBKEY = { first: 2, last: 2, step: 1 } as const;
