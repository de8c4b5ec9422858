// LISTEN, UNLISTEN and NOTIFY. What a transaction says is delivered when it commits, in its order and each (channel, payload)
// once, to the listening sessions of the same tenant; a session in a transaction gets it when that has ended.
import type { SqlNotification } from "../contract.ts";
import { fail } from "../errors.ts";

/** Bytes PostgreSQL allows, each with its end. */
const CHANNEL_BYTES = 64;
const PAYLOAD_BYTES = 8_000;

type Action = { readonly kind: "listen" | "unlisten"; readonly channel: string } | { readonly kind: "unlisten-all" };

/** Who listens to what, in one server. */
export class NotificationHub {
  readonly #listeners = new Map<string, Set<SessionNotifications>>();

  listen(tenant: string, channel: string, session: SessionNotifications): void {
    const key = `${tenant}\u0000${channel}`;
    const listeners = this.#listeners.get(key) ?? new Set();
    listeners.add(session);
    this.#listeners.set(key, listeners);
  }

  unlisten(tenant: string, channel: string, session: SessionNotifications): void {
    const key = `${tenant}\u0000${channel}`;
    const listeners = this.#listeners.get(key);
    listeners?.delete(session);
    if (listeners?.size === 0) this.#listeners.delete(key);
  }

  listeners(tenant: string, channel: string): Iterable<SessionNotifications> {
    return this.#listeners.get(`${tenant}\u0000${channel}`) ?? [];
  }

  /** Channels somebody listens to. */
  get size(): number {
    return this.#listeners.size;
  }
}

export interface NotificationMark {
  readonly actions: number;
  readonly notices: number;
}

export interface NotificationParts {
  readonly hub: NotificationHub;
  readonly tenant: string;
  readonly pid: number;
  /** Notifications that may wait for one session. */
  readonly maximum: number;
}

export class SessionNotifications {
  readonly #parts: NotificationParts;
  readonly #channels = new Set<string>();
  /** What the open transaction asked for. */
  #actions: Action[] = [];
  #outgoing: { readonly channel: string; readonly payload: string }[] = [];
  readonly #said = new Set<string>();
  #inbox: SqlNotification[] = [];
  #wake: () => void = () => undefined;

  constructor(parts: NotificationParts) {
    this.#parts = parts;
  }

  /** Channels listened to, as committed. */
  get channels(): readonly string[] {
    return [...this.#channels];
  }

  get isQuiet(): boolean {
    return this.#actions.length === 0 && this.#outgoing.length === 0;
  }

  onArrival(wake: () => void): void {
    this.#wake = wake;
  }

  listen(channel: string): void {
    this.#actions.push({ kind: "listen", channel });
  }

  /** `channel` null: all of them. */
  unlisten(channel: string | null): void {
    this.#actions.push(channel === null ? { kind: "unlisten-all" } : { kind: "unlisten", channel });
  }

  notify(channel: string, payload: string): void {
    if (channel === "") fail("22023", "channel name cannot be empty");
    if (Buffer.byteLength(channel) >= CHANNEL_BYTES) fail("22023", "channel name too long");
    if (Buffer.byteLength(payload) >= PAYLOAD_BYTES) fail("22023", "payload string too long");
    const key = `${channel}\u0000${payload}`;
    if (this.#said.has(key)) return;
    if (this.#outgoing.length >= this.#parts.maximum) this.#tooMany();
    this.#said.add(key);
    this.#outgoing.push({ channel, payload });
  }

  mark(): NotificationMark {
    return { actions: this.#actions.length, notices: this.#outgoing.length };
  }

  restore(mark: NotificationMark): void {
    this.#actions.length = mark.actions;
    for (const { channel, payload } of this.#outgoing.splice(mark.notices)) this.#said.delete(`${channel}\u0000${payload}`);
  }

  /** Throws 54000 before a commit whose words some listener has no room for. */
  check(): void {
    if (this.#outgoing.length === 0) return;
    const { hub, tenant, maximum } = this.#parts;
    for (const { channel } of this.#outgoing) {
      for (const listener of hub.listeners(tenant, channel)) {
        if (listener.#inbox.length + this.#outgoing.length > maximum) this.#tooMany();
      }
    }
  }

  commit(): void {
    if (this.isQuiet) return;
    const { hub, tenant, pid } = this.#parts;
    for (const action of this.#actions) {
      if (action.kind === "listen") this.#open(action.channel);
      else if (action.kind === "unlisten") this.#close(action.channel);
      else this.#closeAll();
    }
    const outgoing = this.#outgoing;
    this.rollback();
    const woken = new Set<SessionNotifications>();
    for (const { channel, payload } of outgoing) {
      for (const listener of hub.listeners(tenant, channel)) {
        listener.#inbox.push({ pid, channel, payload });
        woken.add(listener);
      }
    }
    for (const listener of woken) if (listener !== this) listener.#wake();
  }

  rollback(): void {
    this.#actions = [];
    this.#outgoing = [];
    this.#said.clear();
  }

  /** What has arrived. */
  take(): SqlNotification[] {
    if (this.#inbox.length === 0) return [];
    const arrived = this.#inbox;
    this.#inbox = [];
    return arrived;
  }

  /** At the session's end. */
  close(): void {
    this.rollback();
    this.#closeAll();
    this.#inbox = [];
    this.#wake = () => undefined;
  }

  #open(channel: string): void {
    this.#channels.add(channel);
    this.#parts.hub.listen(this.#parts.tenant, channel, this);
  }

  #close(channel: string): void {
    this.#channels.delete(channel);
    this.#parts.hub.unlisten(this.#parts.tenant, channel, this);
  }

  #closeAll(): void {
    for (const channel of [...this.#channels]) this.#close(channel);
  }

  #tooMany(): never {
    return fail("54000", "too many notifications in the NOTIFY queue", {
      hint: "A listening session does not read its notifications, or is in a long transaction (limit sqlNotifications).",
      limit: "sqlNotifications",
    });
  }
}
