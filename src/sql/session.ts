// One client's SQL session: its settings, its transaction, the statement that is running. What a single statement means is its
// plan's business (plan/, execute/); what happens around it is here.
//
// A transaction keeps its changes in an overlay and hands them to the writer at COMMIT, as one commit. Isolation is READ
// COMMITTED on snapshots with optimistic writes: DESIGN.md says what that promises.

import type { ExecuteStmt } from "libpg-query";
import type { Caller, Intent, ReadView, Tenant } from "../core/contract.ts";
import { CATALOG } from "./catalog/index.ts";
import type { Surroundings } from "./check/checker.ts";
import type {
  CopyIn,
  CopyOut,
  PreparedStatement,
  SqlCursor,
  SqlNotice,
  SqlNotification,
  SqlSession,
  SqlText,
  StatementNames,
} from "./contract.ts";
import { fail, toSqlError, unsupported } from "./errors.ts";
import { Cancellation } from "./execute/cancellation.ts";
import type { Plan, StatementRun } from "./execute/contract.ts";
import { Facts, StatementContext } from "./execute/facts.ts";
import { FETCHED } from "./execute/fetched.ts";
import { GuardedCursor } from "./execute/guarded-cursor.ts";
import { Overlay } from "./execute/overlay.ts";
import { within } from "./functions/context.ts";
import { intentOf } from "./intent.ts";
import { fits } from "./parse/fits.ts";
import { type Lifted, lift } from "./parse/lift.ts";
import { type Parsed, parse, withPosition } from "./parse/parser.ts";
import { Prepared } from "./prepared.ts";
import type { SessionFacts } from "./relations.ts";
import type { SessionParts } from "./session-parts.ts";
import { IdleLimits } from "./settings/idle.ts";
import { wantedNotices } from "./settings/notices.ts";
import { type Control, commandName, readControl } from "./statements/control.ts";
import { controlSettings } from "./statements/control-settings.ts";
import { runCopyIn, runCopyOut } from "./statements/copy/run.ts";
import { planExecute } from "./statements/execute.ts";
import { controlHoldings, fetchFrom } from "./statements/holdings-control.ts";
import type { SessionInside } from "./statements/inside.ts";
import { refuseFailed, savepoint, type Transaction } from "./transaction.ts";

export class Session implements SqlSession {
  readonly #parts: SessionParts;
  #transaction: Transaction | null = null;
  #cancellation: Cancellation | null = null;
  /** In a string of statements or a pipeline: what follows a COMMIT in it is in a transaction again. */
  #isImplicit = false;
  #notices: SqlNotice[] = [];
  readonly #idle = new IdleLimits();
  /** What `split` parsed, for the `prepare` that follows: the simple protocol would else parse everything twice. */
  #split: Parsed | null = null;
  /** What the statements see of the session. */
  readonly #inside: SessionInside;
  readonly #readCatalog = (): SessionFacts["catalog"] => this.#catalog();

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const { settings } = parts;
    this.#inside = {
      holdings: parts.holdings,
      clock: parts.clock,
      lineMaximum: parts.limits.documentBytes,
      hasTransaction: () => this.#transaction !== null,
      around: () => this.#around(),
      plan: (parsed, oids) => this.#plan(parsed, oids, false),
      current: (statement) => this.#current(statement),
      run: (cancellation) => this.#run(cancellation),
      told: (thrown, statement) => this.#told(thrown, statement),
      armTimeout: (cancellation) => this.#armTimeout(cancellation),
      isReadOnly: () => settings.get("transaction_read_only") === "on",
      open: () => {
        this.#transaction ??= this.#open(false);
      },
      commit: async () => {
        if (this.#transaction !== null) await this.#commit(this.#transaction);
      },
      rollback: () => this.#rollback(),
    };
  }

  get status(): "I" | "T" | "E" {
    const open = this.#transaction;
    if (open === null || !open.explicit) return "I";
    return open.failed ? "E" : "T";
  }

  split(text: string): string[] {
    const statements = parse(text);
    const [only] = statements;
    // Positions count from the start of the whole string, so only a lone statement at its start can be taken over.
    this.#split = only !== undefined && statements.length === 1 && text.startsWith(only.text) ? only : null;
    return statements.map((parsed) => parsed.text);
  }

  settled(): Promise<void> | null {
    return this.#parts.tenant.settled();
  }

  known(text: string): ReturnType<NonNullable<SqlSession["known"]>> {
    if (text.length > this.#parts.limits.sqlStatementBytes || this.#transaction?.failed === true) return null;
    const lifted = lift(text);
    try {
      return lifted === null ? this.#knownAsWritten(text) : this.#knownLifted(lifted);
    } catch (thrown) {
      // Whatever is wrong with the statement is told of the statement as written.
      if (toSqlError(thrown).fields.sqlstate.startsWith("58")) throw thrown;
      return null;
    }
  }

  prepare(text: string, parameterOids: readonly number[]): PreparedStatement {
    try {
      if (text.length > this.#parts.limits.sqlStatementBytes) {
        this.#parts.events.limitReached("sqlStatementBytes");
        fail("54000", `the statement is longer than ${this.#parts.limits.sqlStatementBytes} characters`);
      }
      const cached = this.#cached(text, parameterOids);
      if (cached !== null) return cached;
      const statements = this.#split?.text === text ? [this.#split] : parse(text);
      this.#split = null;
      const [parsed] = statements;
      if (parsed === undefined) return new Prepared(text, null, null, parameterOids, null);
      if (statements.length > 1) fail("42601", "cannot insert multiple commands into a prepared statement");
      const control = readControl(parsed);
      if (control !== null) return this.#prepareControl(text, parsed, control, parameterOids);
      this.#refuseWhenFailed();
      return new Prepared(text, parsed, null, parameterOids, this.#plan(parsed, parameterOids));
    } catch (thrown) {
      throw toSqlError(thrown);
    }
  }

  executeNow(statement: PreparedStatement, parameters: readonly SqlText[]): ReturnType<NonNullable<SqlSession["executeNow"]>> {
    if (!(statement instanceof Prepared) || this.#transaction !== null) return null;
    const { plan } = statement;
    if (plan?.runNow === undefined || statement.control !== null || !plan.isCurrent(this.#catalog())) return null;
    try {
      const { tenant, caller } = this.#parts;
      const answer = plan.point?.read(tenant, caller, parameters) ?? plan.runNow(this.#run(new Cancellation()), parameters);
      this.#spoken();
      return answer === null ? null : { columns: statement.columns, ...answer };
    } catch (thrown) {
      throw this.#told(thrown, statement);
    }
  }

  async execute(statement: PreparedStatement, parameters: readonly SqlText[]): Promise<SqlCursor> {
    if (!(statement instanceof Prepared) || statement.parsed === null) return fail("26000", "there is no statement to execute");
    this.#reopen();
    const cancellation = this.#begun();
    const stopTimer = this.#armTimeout(cancellation);
    try {
      if (statement.control !== null) {
        if (statement.control.kind === "fetch") {
          this.#refuseWhenFailed();
          return await fetchFrom(this.#inside, statement, cancellation, stopTimer);
        }
        const answer = await this.#control(statement.control, statement, parameters);
        stopTimer();
        return GuardedCursor.of(statement.columns, answer.rows, answer.tag);
      }
      this.#refuseWhenFailed();
      const plan = this.#current(statement);
      if (plan.access === "write" && this.#parts.settings.get("transaction_read_only") === "on") {
        fail("25006", `cannot execute ${commandName(statement.parsed.node)} in a read-only transaction`);
      }
      const cursor = await plan.run(this.#run(cancellation), parameters);
      this.#spoken();
      return new GuardedCursor(cursor, {
        reason: () => cancellation.reason(),
        told: (thrown) => this.#told(thrown, statement),
        ended: stopTimer,
      });
    } catch (thrown) {
      stopTimer();
      // A killed worker says only that it died; the cancellation knows why.
      throw this.#told(cancellation.reason() ?? thrown, statement);
    }
  }

  beginImplicit(): void {
    this.#isImplicit = true;
    this.#transaction ??= this.#open(false);
  }

  async endImplicit(failed: boolean): Promise<void> {
    this.#isImplicit = false;
    const open = this.#transaction;
    if (open === null || open.explicit) return;
    if (failed || open.failed) this.#rollback();
    else await this.#commit(open);
  }

  fail(): void {
    if (this.#transaction !== null) this.#transaction.failed = true;
  }

  cancel(): void {
    this.#cancellation?.cancel("canceling statement due to user request");
  }

  get idleMs(): number {
    return this.#idle.of(this.#parts.settings, this.status === "I");
  }

  takeNotices(): SqlNotice[] {
    if (this.#notices.length === 0) return this.#notices;
    const notices = this.#notices;
    this.#notices = [];
    return wantedNotices(notices, this.#parts.settings);
  }

  takeReported(): [name: string, value: string][] {
    return this.#parts.settings.takeReported();
  }

  get named(): StatementNames {
    return this.#parts.holdings.named;
  }

  takeNotifications(): SqlNotification[] {
    return this.#transaction === null ? this.#parts.holdings.notifications.take() : [];
  }

  onNotification(wake: () => void): void {
    this.#parts.holdings.notifications.onArrival(wake);
  }

  copyOut(prepared: PreparedStatement): Promise<CopyOut> {
    return runCopyOut(this.#inside, this.#copyOf(prepared), this.#begun());
  }

  copyIn(prepared: PreparedStatement): Promise<CopyIn> {
    return runCopyIn(this.#inside, this.#copyOf(prepared), this.#begun());
  }

  #copyOf(statement: PreparedStatement): Prepared {
    this.#refuseWhenFailed();
    return statement instanceof Prepared ? statement : fail("26000", "there is no statement to execute");
  }

  #reopen(): void {
    if (this.#isImplicit) this.#transaction ??= this.#open(false);
  }

  /** A statement begins: from now on `cancel` means it. */
  #begun(): Cancellation {
    const cancellation = new Cancellation();
    this.#cancellation = cancellation;
    return cancellation;
  }

  async close(): Promise<void> {
    this.cancel();
    this.#transaction = null;
    this.#parts.holdings.close();
  }

  /** A plan of the shared cache, for a statement seen before; null when it must be parsed. */
  #cached(text: string, oids: readonly number[]): Prepared | null {
    if (this.#transaction?.failed === true) return null;
    // Kept without what ends a statement.
    const bare = text.endsWith(";") ? text.slice(0, -1) : text;
    const known = this.#parts.plans.get(this.#parts.tenant.name, bare, oids, this.#catalog());
    return known === undefined ? null : new Prepared(text, known.parsed, null, oids, known.plan);
  }

  #knownAsWritten(text: string): ReturnType<NonNullable<SqlSession["known"]>> {
    const statement = this.#cached(text, NO_OIDS);
    return statement === null || statement.parameterOids.length > 0 ? null : { statement, parameters: [] };
  }

  /** The statement with parameters in place of its values, planned once for all values. */
  #knownLifted({ text, oids, values, position }: Lifted): ReturnType<NonNullable<SqlSession["known"]>> {
    const { plans, tenant } = this.#parts;
    const catalog = this.#catalog();
    let known = plans.get(tenant.name, text, oids, catalog);
    if (known === undefined) {
      if (plans.isRefused(tenant.name, text, oids, catalog)) return null;
      try {
        const [parsed] = parse(text);
        if (parsed === undefined) return null;
        known = { parsed, plan: this.#plan(parsed, oids) };
      } catch {
        // Not for every statement a literal can be a parameter; `prepare` then says what there is to say.
        plans.refuse(tenant.name, text, oids, catalog);
        return null;
      }
    }
    const { plan, parsed } = known;
    if (!fits(values, oids, plan)) return null;
    const shown: Parsed = { node: parsed.node, text: parsed.text, position: (at) => position(parsed.position(at)) };
    return { statement: new Prepared(text, shown, null, plan.parameterOids, plan), parameters: values };
  }

  #prepareControl(text: string, parsed: Parsed, control: Control, oids: readonly number[]): Prepared {
    const { open } = this.#parts.holdings;
    switch (control.kind) {
      case "declare":
        this.#refuseWhenFailed();
        return new Prepared(text, parsed, control, oids, this.#plan({ ...parsed, node: control.query }, oids, false), false);
      case "fetch": {
        // Describe tells of the cursor's columns; that there is no such cursor, only Execute does.
        const cursor = control.statement.ismove ? undefined : open.get(control.statement.portalname ?? "");
        const shown = cursor === undefined ? {} : { columns: cursor.columns, binary: cursor.options.binary };
        return new Prepared(text, parsed, { ...control, ...shown }, oids, null);
      }
      default:
        return new Prepared(text, parsed, control, oids, null);
    }
  }

  /** EXECUTE's plan is the prepared statement's, for as long as its name means that one. */
  #planExecute(node: ExecuteStmt): Plan {
    const { holdings } = this.#parts;
    const name = node.name ?? "";
    const prepared = holdings.named.need(name);
    if (!(prepared instanceof Prepared) || prepared.control !== null || prepared.parsed === null)
      return unsupported("EXECUTE of a statement about the session");
    return planExecute(node, this.#current(prepared), () => holdings.named.get(name) === prepared, this.#around());
  }

  /** What statements that no plan is cached of are checked with. */
  #around(): Surroundings {
    const { tenant, limits } = this.#parts;
    return {
      catalog: this.#catalog(),
      relations: CATALOG,
      database: tenant.name,
      fetched: FETCHED,
      fieldColumns: limits.fieldColumns,
    };
  }

  /** `whole`: the text is that of the statement itself, so others who send it can have the plan. */
  #plan(parsed: Parsed, oids: readonly number[], whole = true): Plan {
    const { tenant, caller, plans, limits, clock, random, settings, holdings } = this.#parts;
    // Literals of regclass and its kin are names of the catalogue as it is now; those of dates are in the session's style.
    const facts = this.#facts(clock.micros());
    const context = new StatementContext(facts, settings, holdings.notifications, clock, random);
    try {
      if ("ExecuteStmt" in parsed.node) return this.#planExecute(parsed.node.ExecuteStmt);
      const plan = within(context, () =>
        plans.make(parsed, { tenant, caller, catalog: () => this.#catalog(), fieldColumns: limits.fieldColumns }, oids),
      );
      // A plan made on a transaction's own DDL is nobody else's.
      if (whole && (this.#transaction === null || this.#catalog() === this.#committed()))
        plans.put(tenant.name, parsed, oids, plan);
      return plan;
    } catch (thrown) {
      throw withPosition(toSqlError(thrown), parsed);
    }
  }

  #current(statement: Prepared): Plan {
    const { plan, parsed } = statement;
    if (plan?.isCurrent(this.#catalog())) return plan;
    if (parsed === null) return fail("26000", "there is no statement to execute");
    const fresh = this.#plan(parsed, statement.parameterOids, statement.whole);
    const sameShape =
      JSON.stringify(fresh.columns?.map(({ typeOid }) => typeOid)) ===
      JSON.stringify((statement.plan?.columns ?? statement.columns)?.map(({ typeOid }) => typeOid));
    if (!sameShape) return fail("0A000", "cached plan must not change result type");
    statement.plan = fresh;
    return fresh;
  }

  #catalog(): ReturnType<Overlay["catalog"]> {
    const committed = this.#committed();
    return this.#transaction === null ? committed : this.#transaction.overlay.catalog(committed);
  }

  #committed(): ReturnType<Overlay["catalog"]> {
    return this.#parts.tenant.read(this.#parts.caller, catalogOf);
  }

  #refuseWhenFailed(): void {
    if (this.#transaction?.failed === true) refuseFailed();
  }

  /** Turns what was thrown into what the client is told, and fails an open transaction. */
  #told(thrown: unknown, statement: Prepared): unknown {
    if (this.#transaction !== null) this.#transaction.failed = true;
    const error = toSqlError(thrown);
    return statement.parsed === null ? error : withPosition(error, statement.parsed);
  }

  /** Outside a transaction what a statement said (pg_notify) is committed with it. */
  #spoken(): void {
    if (this.#transaction !== null) return;
    // What set_config set for the transaction ends with the statement.
    this.#parts.settings.endStatement();
    const { notifications } = this.#parts.holdings;
    if (notifications.isQuiet) return;
    notifications.check();
    notifications.commit();
  }

  #armTimeout(cancellation: Cancellation): () => void {
    const ms = Number(this.#parts.settings.get("statement_timeout") ?? "0");
    if (ms === 0) return () => undefined;
    const timer = setTimeout(() => cancellation.cancel("canceling statement due to statement timeout"), ms);
    return () => clearTimeout(timer);
  }

  #caller(): Caller {
    const user = this.#parts.settings.get("chrondb.user") ?? "";
    return user === "" ? this.#parts.caller : { ...this.#parts.caller, user };
  }

  #intent(operation: string, tables: readonly string[], ids: readonly string[]): Intent {
    return intentOf(this.#parts, operation, tables, ids);
  }

  /** What the catalogue's relations and functions see of this session at `now` (microseconds). */
  #facts(now: number): SessionFacts {
    const { tenant, settings, databases } = this.#parts;
    return new Facts(tenant.name, settings, databases, now, this.#readCatalog, this.#parts.holdings);
  }

  #overlay(now: number, over: Pick<Tenant, "read"> = this.#parts.tenant): Overlay {
    const { caller, rules, limits } = this.#parts;
    return new Overlay({ tenant: over, caller, rules, limitBytes: limits.sqlOverlayBytes, nowMicros: () => now });
  }

  #run(cancellation: Cancellation): StatementRun {
    const { tenant, workers, clock, random, settings, holdings } = this.#parts;
    const open = this.#transaction;
    const caller = this.#caller();
    const facts = this.#facts(open?.startedAt ?? clock.micros());
    const context = new StatementContext(facts, settings, holdings.notifications, clock, random);
    return {
      tenant,
      caller,
      context,
      facts,
      overlay: open?.overlay ?? null,
      scratch: (over) => this.#overlay(clock.micros(), over),
      workers,
      intent: (operation, table, ids) => {
        open?.operations.add(operation);
        return this.#intent(operation, [table], ids);
      },
      notice: (notice) => this.#notices.push(notice),
      checkCancelled: () => cancellation.check(),
      onCancel: (stop) => cancellation.onCancel(stop),
    };
  }

  async #control(
    control: Control,
    statement: Prepared,
    parameters: readonly SqlText[],
  ): Promise<{ rows: SqlText[][]; tag: string }> {
    const { settings, holdings } = this.#parts;
    switch (control.kind) {
      case "begin":
        return { ...this.#begin(control.readOnly), tag: control.tag };
      case "commit":
        return this.#end(true, control.chain);
      case "rollback":
        return this.#end(false, control.chain);
      case "savepoint":
      case "release":
      case "rollback-to":
        return { rows: [], tag: savepoint(control.kind, control.name, this.#transaction, this.#parts) };
      case "set":
      case "set-transaction":
      case "reset-all":
      case "show":
      case "show-all":
        this.#refuseWhenFailed();
        return controlSettings(control, settings, this.#inside.hasTransaction(), (what) => this.#warn("25P01", what));
      case "discard-all":
        if (this.#transaction !== null) fail("25001", "DISCARD ALL cannot run inside a transaction block");
        settings.resetAll();
        holdings.discard();
        return { rows: [], tag: "DISCARD ALL" };
      case "prepare":
      case "deallocate":
      case "declare":
      case "close-cursor":
      case "listen":
      case "unlisten":
      case "notify": {
        this.#refuseWhenFailed();
        const tag = await controlHoldings(this.#inside, control, statement, parameters);
        this.#spoken();
        return { rows: [], tag };
      }
      case "fetch":
      case "copy":
        return fail("58000", "internal error: a statement that answers otherwise");
      case "nothing":
        this.#refuseWhenFailed();
        return { rows: [], tag: control.tag };
    }
  }

  #warn(sqlstate: string, message: string): void {
    this.#notices.push({ severity: "WARNING", sqlstate, message });
  }

  #open(explicit: boolean): Transaction {
    const { clock, settings } = this.#parts;
    const startedAt = clock.micros();
    settings.begin();
    return {
      explicit,
      overlay: this.#overlay(startedAt),
      startedAt,
      failed: false,
      savepoints: [],
      operations: new Set(),
    };
  }

  #begin(readOnly: boolean | null): { rows: SqlText[][]; tag: string } {
    if (this.#transaction?.explicit === true) {
      this.#refuseWhenFailed();
      this.#warn("25001", "there is already a transaction in progress");
    } else {
      // What came before BEGIN in the same string belongs to the transaction too, as in PostgreSQL.
      this.#transaction ??= this.#open(true);
      this.#transaction.explicit = true;
      const only = readOnly ?? this.#parts.settings.get("default_transaction_read_only") === "on";
      if (only) this.#parts.settings.set("transaction_read_only", "on", true);
    }
    return { rows: [], tag: "BEGIN" };
  }

  async #end(commit: boolean, chain: boolean): Promise<{ rows: SqlText[][]; tag: string }> {
    const open = this.#transaction;
    if (open === null || !open.explicit) {
      const verb = commit ? "COMMIT" : "ROLLBACK";
      if (chain) fail("25P01", `${verb} AND CHAIN can only be used in transaction blocks`);
      this.#warn("25P01", "there is no transaction in progress");
      // In an implicit block COMMIT and ROLLBACK still end what came before.
      if (open !== null) await (commit && !open.failed ? this.#commit(open) : this.#rollback());
      return { rows: [], tag: verb };
    }
    // A chained transaction is like the one before it.
    const readOnly = this.#parts.settings.get("transaction_read_only") === "on";
    const commits = commit && !open.failed;
    if (commits) await this.#commit(open);
    else this.#rollback();
    if (chain) this.#begin(readOnly);
    return { rows: [], tag: commits ? "COMMIT" : "ROLLBACK" };
  }

  #rollback(): void {
    this.#transaction = null;
    this.#parts.settings.rollback();
    this.#parts.holdings.rolledBack();
  }

  async #commit(open: Transaction): Promise<void> {
    const { tenant, settings, holdings } = this.#parts;
    const { overlay } = open;
    if (!holdings.isIdle) {
      try {
        await holdings.prepareCommit();
      } catch (thrown) {
        this.#rollback();
        throw toSqlError(thrown);
      }
    }
    const caller = this.#caller();
    const operation = open.operations.size === 1 ? ([...open.operations][0] ?? "transaction") : "transaction";
    const intent = this.#intent(
      operation,
      overlay.tables,
      overlay.keys.map(({ table, id }) => `${table}:${id}`),
    );
    this.#transaction = null;
    try {
      if (!overlay.isEmpty) {
        await tenant.writeSliced(caller, intent, function* (tx) {
          yield* overlay.apply(tx);
        });
      }
      settings.commit();
      holdings.committed();
    } catch (thrown) {
      settings.rollback();
      holdings.rolledBack();
      throw toSqlError(thrown);
    }
  }
}

const NO_OIDS: readonly number[] = [];

const catalogOf = (view: ReadView): ReturnType<ReadView["catalog"]> => view.catalog();
