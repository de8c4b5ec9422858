// One client's SQL session: its settings, its transaction, the statement that is running. What a single statement means is its
// plan's business (plan/, execute/); what happens around it is here.
//
// A transaction keeps its changes in an overlay and hands them to the writer at COMMIT, as one commit. Isolation is READ
// COMMITTED on snapshots with optimistic writes: DESIGN.md says what that promises.

import type { CopyStmt, ExecuteStmt } from "libpg-query";
import type { Clock } from "../base/clock.ts";
import type { Limits } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { Caller, Intent, ReadView, RowRules, Tenant } from "../core/contract.ts";
import type { Events } from "../observability/events.ts";
import { CATALOG } from "./catalog/index.ts";
import type { Surroundings } from "./check/checker.ts";
import type {
  CopyIn,
  CopyOut,
  PreparedStatement,
  SqlColumn,
  SqlCursor,
  SqlNotice,
  SqlNotification,
  SqlSession,
  SqlText,
  StatementNames,
} from "./contract.ts";
import { fail, toSqlError, unsupported } from "./errors.ts";
import { Cancellation } from "./execute/cancellation.ts";
import type { Plan, StatementRun, Workers } from "./execute/contract.ts";
import { Facts, StatementContext } from "./execute/facts.ts";
import { FETCHED } from "./execute/fetched.ts";
import { GuardedCursor } from "./execute/guarded-cursor.ts";
import { Overlay, type OverlayMark } from "./execute/overlay.ts";
import { within } from "./functions/context.ts";
import { type Lifted, lift } from "./parse/lift.ts";
import { type Parsed, parse, withPosition } from "./parse/parser.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { SessionFacts } from "./relations.ts";
import type { SessionSettings } from "./settings/session.ts";
import { type Control, commandName, readControl } from "./statements/control.ts";
import { CopyInRun } from "./statements/copy/in.ts";
import { readCopyOptions } from "./statements/copy/options.ts";
import { CopyOutRun } from "./statements/copy/out.ts";
import { copyOutQuery, copyOutTable, planCopyIn, refuseFiles } from "./statements/copy/plan.ts";
import { type CursorOptions, FetchCursor } from "./statements/cursors.ts";
import { planExecute } from "./statements/execute.ts";
import type { Holdings, HoldingsMark } from "./statements/holdings.ts";
import { prepareFrom } from "./statements/prepare.ts";
import { OID, typeByOid } from "./types/index.ts";
import { PLAIN_STYLE } from "./types/style.ts";

export interface SessionParts {
  readonly tenant: Tenant;
  readonly caller: Caller;
  readonly databases: readonly string[];
  readonly settings: SessionSettings;
  readonly holdings: Holdings;
  readonly plans: PlanCache;
  readonly rules: RowRules;
  readonly workers: Workers;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
}

/** A statement as `prepare` answers it. */
class Prepared implements PreparedStatement {
  readonly text: string;
  readonly parsed: Parsed | null;
  readonly control: Control | null;
  /** Types the client gave. */
  readonly given: readonly number[];
  plan: Plan | null;
  readonly columns: readonly SqlColumn[] | null;
  readonly parameterOids: readonly number[];
  /** False where the statement is only a part of its text: what PREPARE names, what DECLARE reads. */
  readonly whole: boolean;

  constructor(
    text: string,
    parsed: Parsed | null,
    control: Control | null,
    given: readonly number[],
    plan: Plan | null,
    whole = true,
  ) {
    this.text = text;
    this.parsed = parsed;
    this.control = control;
    this.given = given;
    this.plan = plan;
    this.whole = whole;
    // The plan of a control statement is that of the query inside it.
    this.columns = control === null ? (plan?.columns ?? null) : (control.columns ?? null);
    this.parameterOids = plan?.parameterOids ?? [];
  }

  get empty(): boolean {
    return this.parsed === null;
  }

  get binary(): boolean {
    return this.control?.kind === "fetch" && this.control.binary;
  }

  get copies(): "in" | "out" | null {
    if (this.control?.kind !== "copy") return null;
    return this.control.statement.is_from === true ? "in" : "out";
  }
}

interface Savepoint {
  readonly name: string;
  readonly overlay: OverlayMark;
  readonly settings: ReturnType<SessionSettings["mark"]>;
  readonly holdings: HoldingsMark;
}

interface Transaction {
  /** False for the implicit one of a multi-statement string or a pipeline. */
  explicit: boolean;
  readonly overlay: Overlay;
  readonly startedAt: number;
  failed: boolean;
  savepoints: Savepoint[];
  readonly operations: Set<string>;
}

/** Savepoints one transaction may hold. */
const SAVEPOINTS_MAXIMUM = 1_000;
const IDS_IN_NOTE = 20;

export class Session implements SqlSession {
  readonly #parts: SessionParts;
  #transaction: Transaction | null = null;
  #cancellation: Cancellation | null = null;
  /** In a string of statements or a pipeline: what follows a COMMIT in it is in a transaction again. */
  #isImplicit = false;
  #notices: SqlNotice[] = [];
  /** The two idle timeouts, and the state of the settings they were read at. */
  #idleSession = 0;
  #idleTransaction = 0;
  #idleChanges = -1;
  /** What `split` parsed, for the `prepare` that follows: the simple protocol would else parse everything twice. */
  #split: Parsed | null = null;
  readonly #readCatalog = (): SessionFacts["catalog"] => this.#catalog();

  constructor(parts: SessionParts) {
    this.#parts = parts;
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
        if (statement.control.kind === "fetch") return await this.#fetch(statement, cancellation, stopTimer);
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
    const { settings } = this.#parts;
    if (this.#idleChanges !== settings.changes) {
      this.#idleChanges = settings.changes;
      this.#idleSession = Number(settings.get("idle_session_timeout") ?? "0");
      this.#idleTransaction = Number(settings.get("idle_in_transaction_session_timeout") ?? "0");
    }
    return this.status === "I" ? this.#idleSession : this.#idleTransaction;
  }

  takeNotices(): SqlNotice[] {
    if (this.#notices.length === 0) return this.#notices;
    const notices = this.#notices;
    this.#notices = [];
    const least = SEVERITIES.indexOf(this.#parts.settings.get("client_min_messages") ?? "notice");
    return notices.filter(({ severity }) => severity === "INFO" || SEVERITIES.indexOf(severity.toLowerCase()) >= least);
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

  async copyOut(prepared: PreparedStatement): Promise<CopyOut> {
    const { statement, parsed, copy } = this.#copyOf(prepared);
    const cancellation = this.#begun();
    const stopTimer = this.#armTimeout(cancellation);
    const told = (thrown: unknown): unknown => this.#told(cancellation.reason() ?? thrown, statement);
    try {
      const query = copyOutQuery(copy, this.#around());
      const options = readCopyOptions(copy);
      const plan = this.#plan({ ...parsed, node: query }, [], false);
      if (plan.columns === null) return fail("0A000", "COPY query must have a RETURNING clause");
      if (plan.access === "write") this.#refuseReadOnly("COPY");
      const rows = await plan.run(this.#run(cancellation), []);
      return new CopyOutRun(
        new GuardedCursor(rows, { reason: () => cancellation.reason(), told, ended: stopTimer }),
        options,
        copyOutTable(copy, this.#around()),
      );
    } catch (thrown) {
      stopTimer();
      throw told(thrown);
    }
  }

  async copyIn(prepared: PreparedStatement): Promise<CopyIn> {
    const { statement, parsed, copy } = this.#copyOf(prepared);
    const cancellation = this.#begun();
    const stopTimer = this.#armTimeout(cancellation);
    // COPY on its own is a transaction of its own.
    const own = this.#transaction === null;
    const undo = async (): Promise<void> => {
      stopTimer();
      if (own) this.#rollback();
    };
    try {
      const plan = planCopyIn(copy, this.#around());
      this.#refuseReadOnly("COPY FROM");
      const oids = plan.columns.map((column) => column.type);
      const filter = plan.filter === null ? null : this.#plan({ ...parsed, node: plan.filter }, oids, false);
      if (filter !== null && filter.runNow === undefined) return unsupported("this condition in COPY's WHERE");
      this.#transaction ??= this.#open(false);
      const run = this.#run(cancellation);
      run.intent("insert", plan.relation, []);
      return new CopyInRun({
        plan,
        run,
        filter: filter === null ? null : (row) => (filter.runNow?.(run, row)?.rows.length ?? 0) > 0,
        clock: this.#parts.clock,
        lineMaximum: this.#parts.limits.documentBytes,
        finish: async () => {
          stopTimer();
          if (own && this.#transaction !== null) await this.#commit(this.#transaction);
        },
        told: (thrown) => this.#told(cancellation.reason() ?? thrown, statement),
        undo,
      });
    } catch (thrown) {
      const error = this.#told(cancellation.reason() ?? thrown, statement);
      await undo();
      throw error;
    }
  }

  #copyOf(statement: PreparedStatement): { statement: Prepared; parsed: Parsed; copy: CopyStmt } {
    if (!(statement instanceof Prepared) || statement.control?.kind !== "copy" || statement.parsed === null)
      return fail("58000", "internal error: a COPY that is none");
    this.#refuseWhenFailed();
    refuseFiles(statement.control.statement);
    return { statement, parsed: statement.parsed, copy: statement.control.statement };
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

  #refuseReadOnly(what: string): void {
    if (this.#parts.settings.get("transaction_read_only") === "on")
      fail("25006", `cannot execute ${what} in a read-only transaction`);
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
    if (this.#transaction?.failed === true) {
      fail("25P02", "current transaction is aborted, commands ignored until end of transaction block");
    }
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
    const { settings, caller } = this.#parts;
    const message = settings.get("chrondb.message") ?? "";
    const claimed = (settings.get("chrondb.flags") ?? "")
      .split(",")
      .map((flag) => flag.trim())
      .filter((flag) => flag !== "");
    return {
      operation,
      message: message === "" ? defaultMessage(operation, tables) : message,
      flags: [...new Set([...claimed, ...(operation === "update" || operation === "delete" ? [operation] : [])])],
      requestId: "",
      metadata: {
        operation,
        ...(tables.length === 1 ? { table: tables[0] } : { tables: tables.slice(0, IDS_IN_NOTE) }),
        branch: caller.branch,
        "document-count": ids.length,
        ...(ids.length === 1 ? { "document-id": ids[0] } : { "document-ids": ids.slice(0, IDS_IN_NOTE) }),
      },
    };
  }

  /** What the catalogue's relations and functions see of this session at `now` (microseconds). */
  #facts(now: number): SessionFacts {
    const { tenant, settings, databases } = this.#parts;
    return new Facts(tenant.name, settings, databases, now, this.#readCatalog, this.#parts.holdings);
  }

  #overlay(now: number): Overlay {
    const { tenant, caller, rules, limits } = this.#parts;
    return new Overlay({ tenant, caller, rules, limitBytes: limits.sqlOverlayBytes, nowMicros: () => now });
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
      scratch: () => this.#overlay(clock.micros()),
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
        return this.#savepoint(control.kind, control.name);
      case "set":
        this.#refuseWhenFailed();
        if (control.local && this.#transaction === null) this.#warn("25P01", "SET LOCAL can only be used in transaction blocks");
        else
          this.#setting(() =>
            control.value === null ? settings.reset(control.name) : settings.set(control.name, control.value, control.local),
          );
        return { rows: [], tag: control.value === null && control.isReset ? "RESET" : "SET" };
      case "set-transaction":
        this.#refuseWhenFailed();
        if (this.#transaction === null) this.#warn("25P01", "SET TRANSACTION can only be used in transaction blocks");
        else if (control.readOnly !== null)
          this.#setting(() => settings.set("transaction_read_only", control.readOnly === true ? "on" : "off", true));
        return { rows: [], tag: "SET" };
      case "reset-all":
        this.#refuseWhenFailed();
        this.#setting(() => settings.resetAll());
        return { rows: [], tag: "RESET" };
      case "discard-all":
        if (this.#transaction !== null) fail("25001", "DISCARD ALL cannot run inside a transaction block");
        settings.resetAll();
        holdings.discard();
        return { rows: [], tag: "DISCARD ALL" };
      case "show":
        this.#refuseWhenFailed();
        return { rows: [[settings.show(control.name)]], tag: "SHOW" };
      case "show-all":
        this.#refuseWhenFailed();
        return { rows: settings.all().map(({ name, value, description }) => [name, value, description]), tag: "SHOW" };
      case "prepare":
        this.#refuseWhenFailed();
        prepareFrom(control.statement, statement.text, holdings.named, (query, oids) => {
          const { parsed } = statement;
          if (parsed === null) return fail("26000", "there is no statement to prepare");
          const inner: Parsed = { ...parsed, node: query };
          return new Prepared(statement.text, inner, null, oids, this.#plan(inner, oids, false), false);
        });
        return { rows: [], tag: "PREPARE" };
      case "deallocate":
        this.#refuseWhenFailed();
        if (control.name === null) holdings.named.clear();
        else {
          holdings.named.need(control.name);
          holdings.named.delete(control.name);
        }
        return { rows: [], tag: control.name === null ? "DEALLOCATE ALL" : "DEALLOCATE" };
      case "declare":
        this.#refuseWhenFailed();
        return this.#declare(control.options, statement, parameters);
      case "close-cursor":
        this.#refuseWhenFailed();
        if (control.name === null) holdings.open.closeAll();
        else holdings.open.close(control.name);
        return { rows: [], tag: control.name === null ? "CLOSE CURSOR ALL" : "CLOSE CURSOR" };
      case "listen":
        this.#refuseWhenFailed();
        holdings.notifications.listen(control.channel);
        this.#spoken();
        return { rows: [], tag: "LISTEN" };
      case "unlisten":
        this.#refuseWhenFailed();
        holdings.notifications.unlisten(control.name);
        this.#spoken();
        return { rows: [], tag: "UNLISTEN" };
      case "notify":
        this.#refuseWhenFailed();
        holdings.notifications.notify(control.channel, control.payload);
        this.#spoken();
        return { rows: [], tag: "NOTIFY" };
      case "fetch":
      case "copy":
        return fail("58000", "internal error: a statement that answers otherwise");
      case "nothing":
        this.#refuseWhenFailed();
        return { rows: [], tag: control.tag };
    }
  }

  async #declare(
    options: CursorOptions,
    statement: Prepared,
    parameters: readonly SqlText[],
  ): Promise<{ rows: SqlText[][]; tag: string }> {
    const { open } = this.#parts.holdings;
    if (!options.hold && this.#transaction === null) fail("25P01", "DECLARE CURSOR can only be used in transaction blocks");
    open.check(options.name);
    const cancellation = new Cancellation();
    const source = await this.#current(statement).run(this.#run(cancellation), parameters);
    const cursor = open.add(options, statement.text, source, cancellation);
    if (this.#transaction === null) {
      try {
        await cursor.materialize();
        cursor.held = true;
      } catch (thrown) {
        open.close(options.name);
        throw thrown;
      }
    }
    return { rows: [], tag: "DECLARE CURSOR" };
  }

  async #fetch(statement: Prepared, cancellation: Cancellation, stopTimer: () => void): Promise<SqlCursor> {
    this.#refuseWhenFailed();
    if (statement.control?.kind !== "fetch") return fail("58000", "internal error: a FETCH that is none");
    const fetch = statement.control.statement;
    const cursor = this.#parts.holdings.open.need(fetch.portalname ?? "");
    // What is stopped is the cursor's own statement.
    cancellation.onCancel(() => cursor.cancel("canceling statement due to user request"));
    const rows = new FetchCursor(cursor, fetch);
    // What cannot be fetched is an error before any row is described.
    await rows.begin();
    return new GuardedCursor(rows, {
      reason: () => cancellation.reason(),
      told: (thrown) => this.#told(thrown, statement),
      ended: stopTimer,
    });
  }

  /** Changes a setting; outside a transaction it is one of its own. */
  #setting(change: () => unknown): void {
    change();
    if (this.#transaction === null) this.#parts.settings.commit();
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

  #savepoint(kind: "savepoint" | "release" | "rollback-to", name: string): { rows: SqlText[][]; tag: string } {
    const open = this.#transaction;
    const verb = kind === "savepoint" ? "SAVEPOINT" : kind === "release" ? "RELEASE SAVEPOINT" : "ROLLBACK TO SAVEPOINT";
    if (open === null || !open.explicit) return fail("25P01", `${verb} can only be used in transaction blocks`);
    if (kind !== "rollback-to") this.#refuseWhenFailed();
    if (kind === "savepoint") {
      if (open.savepoints.length >= SAVEPOINTS_MAXIMUM) fail("54000", `a transaction can have ${SAVEPOINTS_MAXIMUM} savepoints`);
      open.savepoints.push({
        name,
        overlay: open.overlay.mark(),
        settings: this.#parts.settings.mark(),
        holdings: this.#parts.holdings.mark(),
      });
      return { rows: [], tag: "SAVEPOINT" };
    }
    const at = open.savepoints.findLastIndex((savepoint) => savepoint.name === name);
    const savepoint = open.savepoints[at];
    if (savepoint === undefined) return fail("3B001", `savepoint "${name}" does not exist`);
    if (kind === "release") {
      open.savepoints.length = at;
      return { rows: [], tag: "RELEASE" };
    }
    open.savepoints.length = at + 1;
    open.overlay.restore(savepoint.overlay);
    this.#parts.settings.restore(savepoint.settings);
    this.#parts.holdings.restore(savepoint.holdings);
    open.failed = false;
    return { rows: [], tag: "ROLLBACK" };
  }
}

/** Values of client_min_messages that hold something back here, least first. */
const SEVERITIES: readonly string[] = ["notice", "warning", "error"];

const NO_OIDS: readonly number[] = [];

const catalogOf = (view: ReadView): ReturnType<ReadView["catalog"]> => view.catalog();

/** Whether values are of the types and lengths their surroundings ask for; where not, the error is that of the literal. */
function fits(values: readonly string[], given: readonly number[], { parameterOids, modified = [] }: Plan): boolean {
  try {
    for (let at = 0; at < values.length; at++) {
      const type = parameterOids[at] ?? 0;
      if (given[at] === 0 && type !== OID.text && type !== OID.varchar) typeByOid(type).input(values[at] ?? "", -1, PLAIN_STYLE);
    }
    for (const { number, type: oid, typmod, explicit } of modified) {
      const type = typeByOid(oid);
      type.modify?.(type.input(values[number - 1] ?? "", -1, PLAIN_STYLE), typmod, explicit);
    }
    return true;
  } catch {
    return false;
  }
}

function defaultMessage(operation: string, tables: readonly string[]): string {
  switch (operation) {
    case "delete":
      return "Delete document";
    case "create-table":
      return `Create schema for table ${tables[0] ?? ""}`;
    case "drop-table":
      return `Drop table ${tables.join(", ")}`;
    case "transaction":
      return "Save documents in one transaction";
    default:
      return "Save document";
  }
}
