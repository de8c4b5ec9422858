// One client after startup: sends each message to its handler, keeps PostgreSQL's rules about errors (skip to Sync),
// ReadyForQuery and the life of portals. A handler that can answer at once returns nothing; otherwise a promise, during which
// the connection hands in no further message.
import { SqlError } from "../../sql/contract.ts";
import type { Channel } from "./channel.ts";
import { ExtendedQuery } from "./extended-query.ts";
import { runSimpleQuery } from "./simple-query.ts";
import { FRONTEND, type FrontendMessage, type ProtocolError } from "./wire/index.ts";

export class Session {
  readonly #channel: Channel;
  readonly #extended: ExtendedQuery;
  /** An extended message failed: everything up to the next Sync is read and dropped. */
  #skipping = false;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#extended = new ExtendedQuery(channel);
  }

  /** The client is gone: its portals give up what they hold. */
  dispose(): void {
    this.#extended.statements.closeAllPortals();
  }

  handle(message: FrontendMessage): void | Promise<void> {
    if (message.type === "sync") return this.#sync();
    if (this.#skipping) return;
    const settled = this.#channel.sql.settled?.() ?? null;
    if (settled !== null) return settled.then(() => this.handle(message));
    switch (message.type) {
      case "query":
        return this.#query(message.text);
      case "flush":
        return this.#channel.link.flush();
      case "functionCall":
        return this.#refuse("the function call protocol is not supported; call the function in a SELECT");
      case "password":
        return this.#refuse("unexpected password message outside authentication", "08P01");
      case "copyData":
      case "copyDone":
      case "copyFail":
      case "terminate":
        // Copy data after a COPY that failed is dropped, as the protocol asks; the connection sees to Terminate.
        return;
      default:
        return this.#step(message);
    }
  }

  /** A message whose fields could not be read, though its bounds were clear. */
  malformed(type: number, problem: ProtocolError): void {
    if (this.#skipping) return;
    this.#channel.fail(problem);
    if (type === FRONTEND.query || type === FRONTEND.functionCall || type === FRONTEND.sync) this.#channel.ready();
    else this.#skipping = true;
  }

  #step(message: Extract<FrontendMessage, { type: "parse" | "bind" | "describe" | "execute" | "close" }>): void | Promise<void> {
    try {
      switch (message.type) {
        case "bind":
          return this.#extended.bind(message);
        case "describe":
          return this.#extended.describe(message);
        case "execute": {
          const running = this.#extended.execute(message);
          return running?.catch((thrown: unknown) => this.#fail(thrown));
        }
        case "parse":
          return this.#extended.parse(message);
        case "close":
          return this.#extended.close(message);
      }
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(thrown: unknown): void {
    this.#skipping = true;
    this.#channel.fail(thrown);
  }

  #sync(): void | Promise<void> {
    const failed = this.#skipping;
    this.#skipping = false;
    if (!this.#channel.implicit) return this.#ready();
    return this.#channel
      .closeImplicit(failed)
      .catch((thrown: unknown) => this.#channel.fail(thrown))
      .then(() => this.#ready());
  }

  #query(text: string): void | Promise<void> {
    this.#extended.statements.closeStatement("");
    this.#extended.statements.closePortal("");
    const running = runSimpleQuery(this.#channel, text);
    if (running === undefined) return this.#ready();
    return running.then(() => this.#ready());
  }

  #ready(): void {
    // Portals do not outlive their transaction.
    if (this.#channel.sql.status === "I") this.#extended.statements.closeAllPortals();
    this.#channel.ready();
  }

  #refuse(message: string, sqlstate = "0A000"): void {
    this.#channel.fail(new SqlError({ sqlstate, message }));
    this.#channel.ready();
  }
}
