// A SqlSession that understands a few words, for testing the door without a database:
//   rows N · echo $1 … · insert · fail · sleep · wide BYTES · begin/commit/rollback · notice · set NAME VALUE · deallocate
import {
  type PreparedStatement,
  type SqlColumn,
  type SqlCursor,
  SqlError,
  type SqlNotice,
  type SqlNotification,
  type SqlSession,
  type SqlText,
} from "../../../../src/sql/contract.ts";

export const REPORTED: [string, string][] = [
  ["application_name", ""],
  ["client_encoding", "UTF8"],
  ["DateStyle", "ISO, MDY"],
  ["default_transaction_read_only", "off"],
  ["in_hot_standby", "off"],
  ["integer_datetimes", "on"],
  ["IntervalStyle", "postgres"],
  ["is_superuser", "on"],
  ["server_encoding", "UTF8"],
  ["server_version", "15.18"],
  ["session_authorization", "ada"],
  ["standard_conforming_strings", "on"],
  ["TimeZone", "UTC"],
];

function column(name: string, typeOid: number, typeLength: number): SqlColumn {
  return { name, typeOid, typmod: -1, typeLength, tableOid: 0, attribute: 0 };
}

export class FakeSession implements SqlSession {
  /** What the door asked for, in order. */
  readonly calls: string[] = [];
  readonly startup: Record<string, string>;
  readonly idleMs = 0;
  readonly named = new Map<string, PreparedStatement>();
  closed = false;
  status: "I" | "T" | "E" = "I";
  #reported: [string, string][] = [...REPORTED];
  #notices: SqlNotice[] = [];
  #cancel: (() => void) | null = null;
  /** Whether point statements are answered at once. */
  readonly executeNow?: NonNullable<SqlSession["executeNow"]>;

  constructor(startup: Record<string, string>, options: { now?: boolean } = {}) {
    this.startup = startup;
    if (options.now === true) {
      this.executeNow = (statement, parameters) => {
        if (!/^(echo|rows)\b/.test(statement.text)) return null;
        this.calls.push(`now ${statement.text}`);
        const rows = this.#rows(statement.text, parameters);
        return { columns: statement.columns, rows, tag: `SELECT ${rows.length}` };
      };
    }
  }

  split(text: string): string[] {
    const bad = text.indexOf("syntax!");
    if (bad >= 0) throw new SqlError({ sqlstate: "42601", message: 'syntax error at or near "syntax!"', position: bad + 1 });
    return text
      .split(";")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  }

  prepare(text: string, parameterOids: readonly number[]): PreparedStatement {
    this.calls.push(`prepare ${text}`);
    const trimmed = text.trim();
    if (this.status === "E" && !/^(rollback|commit)/.test(trimmed)) {
      throw new SqlError({ sqlstate: "25P02", message: "current transaction is aborted" });
    }
    if (trimmed === "unparsable") throw new SqlError({ sqlstate: "42601", message: "syntax error", position: 3, hint: "do not" });
    const numbers = [...trimmed.matchAll(/\$(\d+)/g)].map((match) => Number(match[1]));
    const count = Math.max(0, ...numbers);
    const oids = Array.from({ length: count }, (_, index) => parameterOids[index] || 23);
    let columns: SqlColumn[] | null = null;
    if (trimmed.startsWith("rows")) columns = [column("n", 23, 4), column("t", 25, -1)];
    if (trimmed.startsWith("wide")) columns = [column("w", 25, -1)];
    if (trimmed.startsWith("echo")) columns = oids.map((oid, index) => column(`p${index + 1}`, oid, 4));
    return { text: trimmed, parameterOids: oids, columns, empty: trimmed === "" };
  }

  async execute(statement: PreparedStatement, parameters: readonly SqlText[]): Promise<SqlCursor> {
    const { text } = statement;
    this.calls.push(`execute ${text}`);
    if (text === "fail") {
      throw new SqlError({
        sqlstate: "23505",
        message: "duplicate",
        detail: "Key (id)=(1) already exists.",
        schema: "public",
        table: "t",
        constraint: "t_pkey",
      });
    }
    if (text === "bug") throw new Error("secret value 42");
    if (text === "sleep") {
      await new Promise<void>((_, reject) => {
        this.#cancel = () => reject(new SqlError({ sqlstate: "57014", message: "canceling statement due to user request" }));
      });
    }
    if (text === "notice") this.#notices.push({ severity: "NOTICE", sqlstate: "00000", message: "hear, hear" });
    let tag = text.split(" ")[0]?.toUpperCase() ?? "";
    if (text === "begin") this.status = "T";
    if (text === "commit" || text === "rollback") {
      if (text === "commit" && this.status === "E") tag = "ROLLBACK";
      this.status = "I";
    }
    if (text === "insert") tag = "INSERT 0 1";
    if (text === "deallocate") {
      this.named.clear();
      tag = "DEALLOCATE ALL";
    }
    const set = /^set (\w+) (\w+)$/.exec(text);
    if (set !== null) this.#reported.push([set[1] ?? "", set[2] ?? ""]);
    const rows = statement.columns === null ? [] : this.#rows(text, parameters);
    if (statement.columns !== null) tag = `SELECT ${rows.length}`;
    let at = 0;
    return {
      columns: statement.columns,
      next: async (max) => {
        const batch = rows.slice(at, max === 0 ? undefined : at + max);
        at += batch.length;
        return { rows: batch, done: at >= rows.length };
      },
      tag: () => tag,
      close: () => this.calls.push(`close ${text}`),
    };
  }

  #rows(text: string, parameters: readonly SqlText[]): SqlText[][] {
    if (text.startsWith("echo")) return [[...parameters]];
    const size = Number(text.split(" ")[1]);
    if (text.startsWith("wide")) return Array.from({ length: 20 }, () => ["x".repeat(size)]);
    return Array.from({ length: size }, (_, index) => [String(index + 1), index === 1 ? null : `t${index + 1}`]);
  }

  beginImplicit(): void {
    this.calls.push("begin implicit");
  }

  async endImplicit(failed: boolean): Promise<void> {
    this.calls.push(failed ? "undo implicit" : "end implicit");
  }

  fail(): void {
    if (this.status === "T") this.status = "E";
  }

  cancel(): void {
    this.calls.push("cancel");
    this.#cancel?.();
    this.#cancel = null;
  }

  copyIn(): Promise<never> {
    return Promise.reject(new SqlError({ sqlstate: "0A000", message: "no COPY here" }));
  }

  copyOut(): Promise<never> {
    return this.copyIn();
  }

  takeNotifications(): SqlNotification[] {
    return [];
  }

  onNotification(): void {
    // Nobody says anything.
  }

  takeNotices(): SqlNotice[] {
    return this.#notices.splice(0);
  }

  takeReported(): [string, string][] {
    return this.#reported.splice(0);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
