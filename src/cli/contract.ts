// What the command line is given. main.ts supplies the server and the tools that work on a data directory.
import type { Readable, Writable } from "node:stream";
import type { Command } from "commander";
import type { ClientEnvironment } from "../config/client.ts";
import type { ServerFlags } from "../config/load.ts";

export interface OfflineReport {
  readonly ok: boolean;
  readonly checks: readonly { readonly component: string; readonly ok: boolean; readonly message: string }[];
}

/**
 * Work on a data directory without a server. Each takes the directory's lock where it changes anything, and throws ChronError:
 * LOCKED while a server runs, UNKNOWN_TENANT, CORRUPT.
 */
export interface OfflineTools {
  /** Lines of text (or of JSON), one a log entry. Values of documents only when asked for. */
  dumpLog(options: {
    dataDir: string;
    tenant: string;
    from: number;
    to: number;
    json: boolean;
    values: boolean;
  }): Iterable<string> | AsyncIterable<string>;
  /** Compares log, state and git with one another. */
  verify(options: { dataDir: string; tenant: string }): Promise<OfflineReport>;
  /** Makes the state anew from git and log, or from a clone; answers how many entries it replayed. */
  rebuild(options: {
    dataDir: string;
    tenant: string;
    clone: string | null;
    progress: (entries: number) => void;
  }): Promise<{ entries: number; messages: readonly string[] }>;
  /** Absolute path of the tenant's bare repository. */
  gitPath(options: { dataDir: string; tenant: string }): string;
}

export interface CliDeps {
  readonly version: string;
  /** Runs the server until it has drained. */
  runServer(flags: ServerFlags): Promise<void>;
  readonly offline: OfflineTools;
}

/** What a verb works with; standard streams and environment are replaced in tests. */
export interface CliContext extends CliDeps {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: ClientEnvironment;
}

/** A file of commands/: adds one verb to the program. */
export interface Verb {
  readonly name: string;
  register(program: Command, context: CliContext): void;
}
