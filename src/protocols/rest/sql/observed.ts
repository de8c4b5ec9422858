// A tenant as a SQL session of this door sees it: its writes carry the words of the request that makes them (request id, flags,
// message), and the version they got is remembered for the answer.
import type { Caller, Committed, Intent, Tenant } from "../../../core/contract.ts";

/** What a request says of the writes it makes. Replaced at each request of a session. */
export interface Words {
  readonly requestId: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly flags: readonly string[];
  /** "": the session's own. */
  readonly message: string;
  /** "": the session's own. */
  readonly user: string;
  readonly origin: string;
}

type Writing = (caller: Caller, intent: Intent, change: unknown) => Promise<Committed<unknown>>;

export class Observer {
  words: Words;
  /** The last write; null before one. */
  written: Pick<Committed<unknown>, "version" | "changed"> | null = null;

  constructor(words: Words) {
    this.words = words;
  }

  /** The same tenant for everything but its ways to write: each takes a caller, an intent and the change. */
  dress(tenant: Tenant): Tenant {
    const kept = new Map<string | symbol, unknown>();
    return new Proxy(tenant, {
      get: (target, name) => {
        if (kept.has(name)) return kept.get(name);
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        const method = value.bind(target) as (...given: unknown[]) => unknown;
        const dressed = String(name).startsWith("write") ? this.#writing(method as Writing) : method;
        kept.set(name, dressed);
        return dressed;
      },
    });
  }

  #writing(write: Writing): Writing {
    return (caller, intent, change) => this.#told(write(this.#caller(caller), this.#intent(intent), change));
  }

  #caller(caller: Caller): Caller {
    const { user, origin } = this.words;
    return user === "" && origin === caller.origin ? caller : { ...caller, origin, user: user === "" ? caller.user : user };
  }

  #intent(intent: Intent): Intent {
    const { requestId, metadata, flags, message } = this.words;
    return {
      ...intent,
      requestId,
      message: message === "" ? intent.message : message,
      flags: [...new Set([...intent.flags, ...flags])],
      metadata: { ...intent.metadata, ...metadata },
    };
  }

  async #told(writing: Promise<Committed<unknown>>): Promise<Committed<unknown>> {
    const committed = await writing;
    const { version, changed } = committed;
    if (changed || this.written === null) this.written = { version, changed };
    return committed;
  }
}
