// MULTI: what is queued, what is watched, and running it. All of it is one turn of the writer, so one commit; as in Redis an
// error of one command does not undo the others. The one exception keeps commands whole: when a command fails after it has
// already changed something, the entire transaction is undone, because half a command must never be committed.
import { ChronError } from "../../../base/errors.ts";
import type { ReadView, WriteTx } from "../../../core/contract.ts";
import type { Version } from "../../../state/store.ts";
import type { Context, Words } from "../command.ts";
import type { Found } from "../registry.ts";
import { array, error, NULL_ARRAY, type Reply } from "../reply.ts";

/** A key as WATCH found it. */
export interface Watched {
  readonly table: string;
  readonly id: string;
  readonly token: string;
}

/** Commands named in a transaction's note. */
const NOTED_COMMANDS = 20;

/** Names one state of a key: another version, a deletion and an expiry each give another token. */
export function versionToken(view: ReadView, table: string, id: string): string {
  const version = view.get(table, id);
  if (version !== undefined) return `at ${version.from}`;
  // Absent now, but a SET and DEL in between leave a trace.
  const last = view.state.history(table, id, { limit: 1 })[0];
  return `absent since ${last === undefined ? "ever" : `${last.from} ${last.expiresAt === 0 ? last.to : ""}`}`;
}

export class Transaction {
  readonly commands: Found[] = [];
  bytes = 0;
  /** Something was refused while queueing: EXEC will refuse too. */
  aborted = false;

  /** Queues a command. Its arguments are copied, since they share memory with what the socket delivered. */
  add(found: Found): void {
    const args = found.args.map((arg) => Buffer.from(arg));
    this.commands.push({ ...found, args });
    for (const arg of args) this.bytes += arg.length + 64;
  }

  get writes(): boolean {
    return this.commands.some(({ command }) => command.kind === "write" || command.kind === "sliced-write");
  }

  words(): { words: Words; metadata: Record<string, unknown> } {
    const flags = new Set<string>();
    for (const { command } of this.commands) {
      if (command.kind === "write" || command.kind === "sliced-write") for (const flag of command.words.flags) flags.add(flag);
    }
    const count = this.commands.length;
    return {
      words: {
        operation: "transaction",
        message: `Transaction of ${count} Redis command${count === 1 ? "" : "s"}`,
        flags: [...flags],
      },
      metadata: {
        command: "EXEC",
        "arg-count": 0,
        "command-count": count,
        commands: this.commands.slice(0, NOTED_COMMANDS).map(({ name }) => name.toUpperCase()),
      },
    };
  }

  /** Runs what was queued without writes. */
  read(view: ReadView, watched: readonly Watched[], context: Context, fail: (thrown: unknown) => Reply): Reply {
    if (moved(view, watched)) return NULL_ARRAY;
    return array(this.commands.map((found) => runRead(view, found, context, fail)));
  }

  /** Runs what was queued in the writer's turn. Throws to undo everything. */
  write(tx: WriteTx, watched: readonly Watched[], context: Context, fail: (thrown: unknown) => Reply): Reply {
    if (moved(tx, watched)) return NULL_ARRAY;
    const counted = new CountedTx(tx);
    const replies: Reply[] = [];
    for (const [index, found] of this.commands.entries()) {
      const { command, args } = found;
      const before = counted.changes;
      try {
        if (command.kind === "write") replies.push(command.run(counted, args, context));
        else if (command.kind === "sliced-write") replies.push(whole(command.run(counted, args, context)));
        else replies.push(runRead(counted, found, context, fail));
      } catch (thrown) {
        const reply = fail(thrown);
        if (counted.changes !== before) throw new HalfDone(index, found.name, reply);
        replies.push(reply);
      }
    }
    return array(replies);
  }
}

/** A command failed half-way, so nothing of its transaction may stay. */
export class HalfDone extends ChronError {
  readonly reply: Reply;
  constructor(index: number, name: string, cause: Reply) {
    const why = cause.type === "error" ? cause.text : "it failed";
    super("INVALID_ARGUMENT", `Transaction discarded because command ${index + 1} ('${name}') failed half-way: ${why}`);
    this.reply = error(`EXECABORT ${this.message}`);
  }
}

function moved(view: ReadView, watched: readonly Watched[]): boolean {
  return watched.some(({ table, id, token }) => versionToken(view, table, id) !== token);
}

/** Runs a command that changes no data, inside EXEC. */
function runRead(view: ReadView, found: Found, context: Context, fail: (thrown: unknown) => Reply): Reply {
  const { command, args } = found;
  try {
    switch (command.kind) {
      case "read":
        return command.run(view, args, context);
      case "sliced-read": {
        const slices = command.begin(args, context);
        for (;;) {
          const reply = slices.step(view);
          if (reply !== undefined) return reply;
        }
      }
      case "session":
        return command.run(context.session, args, context);
      default:
        return error(`ERR Command not allowed inside a transaction`);
    }
  } catch (thrown) {
    return fail(thrown);
  }
}

/** All slices at once. */
function whole(slices: Generator<void, Reply>): Reply {
  for (;;) {
    const { done, value } = slices.next();
    if (done === true) return value;
  }
}

/** Counts changes, to know whether a failed command had made some. */
class CountedTx implements WriteTx {
  changes = 0;
  readonly #tx: WriteTx;
  constructor(tx: WriteTx) {
    this.#tx = tx;
  }
  get sequence(): number {
    return this.#tx.sequence;
  }
  get time(): number {
    return this.#tx.time;
  }
  get nowMs(): number {
    return this.#tx.nowMs;
  }
  get state(): WriteTx["state"] {
    return this.#tx.state;
  }
  get(table: string, id: string): Version | undefined {
    return this.#tx.get(table, id);
  }
  list(table: string, options: Parameters<WriteTx["list"]>[1]): Version[] {
    return this.#tx.list(table, options);
  }
  scan(after: Parameters<WriteTx["scan"]>[0], limit: number): ReturnType<WriteTx["scan"]> {
    return this.#tx.scan(after, limit);
  }
  count(table?: string): number {
    return table === undefined ? this.#tx.count() : this.#tx.count(table);
  }
  catalog(): ReturnType<WriteTx["catalog"]> {
    return this.#tx.catalog();
  }
  flag(flag: string): void {
    this.#tx.flag(flag);
  }
  put(table: string, id: string, body: string | Buffer, options?: Parameters<WriteTx["put"]>[3]): Version {
    const version = options === undefined ? this.#tx.put(table, id, body) : this.#tx.put(table, id, body, options);
    this.changes++;
    return version;
  }
  delete(table: string, id: string): boolean {
    const existed = this.#tx.delete(table, id);
    if (existed) this.changes++;
    return existed;
  }
  define(definition: Parameters<WriteTx["define"]>[0]): void {
    this.#tx.define(definition);
    this.changes++;
  }
  drop(table: string): void {
    this.#tx.drop(table);
    this.changes++;
  }
}
