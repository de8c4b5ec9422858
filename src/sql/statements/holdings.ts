// What a session keeps from statement to statement beside its settings: prepared statements, cursors, and what it listens to and
// is about to say; and what of it ends with a transaction.
import type { SessionLists } from "../relations.ts";
import type { Cursors } from "./cursors.ts";
import type { NamedStatements } from "./named.ts";
import type { NotificationMark, SessionNotifications } from "./notifications.ts";

export interface HoldingsMark {
  readonly cursors: number;
  readonly notifications: NotificationMark;
}

export class Holdings implements SessionLists {
  readonly named: NamedStatements;
  readonly open: Cursors;
  readonly notifications: SessionNotifications;

  constructor(named: NamedStatements, cursors: Cursors, notifications: SessionNotifications) {
    this.named = named;
    this.open = cursors;
    this.notifications = notifications;
  }

  // --- As the catalogue shows them

  prepared(): ReturnType<SessionLists["prepared"]> {
    return this.named.all.map(({ name, statement, text, preparedAt, fromSql }) => ({
      name,
      text,
      preparedAt,
      fromSql,
      parameterOids: statement.parameterOids,
    }));
  }

  cursors(): ReturnType<SessionLists["cursors"]> {
    return this.open.all.map(({ options, text, declaredAt }) => ({
      name: options.name,
      text,
      declaredAt,
      hold: options.hold,
      binary: options.binary,
      scroll: !options.noScroll,
    }));
  }

  channels(): readonly string[] {
    return this.notifications.channels;
  }

  // --- The life of a transaction

  mark(): HoldingsMark {
    return { cursors: this.open.last, notifications: this.notifications.mark() };
  }

  restore(mark: HoldingsMark): void {
    this.open.rolledBackTo(mark.cursors);
    this.notifications.restore(mark.notifications);
  }

  /** Whether a commit has anything to wait for or to refuse here. */
  get isIdle(): boolean {
    return this.open.isEmpty && this.notifications.isQuiet;
  }

  /** Before a commit. Throws when it cannot be. */
  async prepareCommit(): Promise<void> {
    await this.open.hold();
    this.notifications.check();
  }

  committed(): void {
    this.open.committed();
    this.notifications.commit();
  }

  rolledBack(): void {
    this.open.rolledBack();
    this.notifications.rollback();
  }

  /** DISCARD ALL. */
  discard(): void {
    this.named.clear();
    this.open.closeAll();
    this.notifications.unlisten(null);
    this.notifications.commit();
  }

  close(): void {
    this.named.clear();
    this.open.closeAll();
    this.notifications.close();
  }
}
