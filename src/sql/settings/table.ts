// The settings a session has: PostgreSQL's that its clients ask for or set, and chrondb's own. One line each. A setting that is
// here is honoured, or has only the one value PostgreSQL clients send and says so when another is asked for.

export type SettingKind =
  | { readonly kind: "text" }
  | { readonly kind: "bool" }
  /** Whole numbers; `unit` ms or kB lets `5s`, `1MB` be written. */
  | { readonly kind: "integer"; readonly minimum: number; readonly maximum: number; readonly unit?: "ms" | "kB" }
  | { readonly kind: "real"; readonly minimum: number; readonly maximum: number }
  | { readonly kind: "choice"; readonly values: readonly string[] }
  | { readonly kind: "zone" }
  /** A format and an order, either or both. */
  | { readonly kind: "dates" }
  /** Shown, never set. */
  | { readonly kind: "fixed" };

export interface SettingDefinition {
  readonly name: string;
  readonly value: string;
  readonly kind: SettingKind;
  readonly description: string;
  /** Told to the client by ParameterStatus. */
  readonly reported?: true;
}

const text: SettingKind = { kind: "text" };
const bool: SettingKind = { kind: "bool" };
const fixed: SettingKind = { kind: "fixed" };
const ms: SettingKind = { kind: "integer", minimum: 0, maximum: 2_147_483_647, unit: "ms" };
const choice = (...values: string[]): SettingKind => ({ kind: "choice", values });
const integer = (minimum: number, maximum: number): SettingKind => ({ kind: "integer", minimum, maximum });

const row = (name: string, value: string, kind: SettingKind, description: string): SettingDefinition => ({
  name,
  value,
  kind,
  description,
});
const told = (name: string, value: string, kind: SettingKind, description: string): SettingDefinition => ({
  ...row(name, value, kind, description),
  reported: true,
});

const LEVELS = ["debug5", "debug4", "debug3", "debug2", "debug1", "debug", "log", "info", "notice", "warning", "error"];

/** Switches of PostgreSQL's planner, which clients and test suites turn. */
const PLANNER = [
  "enable_bitmapscan",
  "enable_gathermerge",
  "enable_hashagg",
  "enable_hashjoin",
  "enable_incremental_sort",
  "enable_indexonlyscan",
  "enable_indexscan",
  "enable_material",
  "enable_memoize",
  "enable_mergejoin",
  "enable_nestloop",
  "enable_parallel_append",
  "enable_parallel_hash",
  "enable_partition_pruning",
  "enable_seqscan",
  "enable_sort",
  "enable_tidscan",
  "parallel_leader_participation",
];

export const SETTINGS: readonly SettingDefinition[] = [
  told("application_name", "", text, "Name the client gives itself."),
  told("client_encoding", "UTF8", choice("utf8", "unicode", "utf-8"), "Encoding of the client: always UTF8."),
  told(
    "DateStyle",
    "ISO, MDY",
    { kind: "dates" },
    "How dates are shown (ISO, SQL, Postgres, German), and the order of day and month (MDY, DMY, YMD) in which they are read.",
  ),
  told("default_transaction_read_only", "off", bool, "Whether new transactions only read."),
  told("in_hot_standby", "off", fixed, "Whether this server only follows another."),
  told("integer_datetimes", "on", fixed, "Dates and times are whole microseconds."),
  told(
    "IntervalStyle",
    "postgres",
    choice("postgres", "postgres_verbose", "sql_standard", "iso_8601"),
    "How intervals are shown, and how signs in them are read.",
  ),
  told("is_superuser", "on", fixed, "Whether the user may do everything."),
  told("server_encoding", "UTF8", fixed, "Encoding of the database."),
  told("server_version", "15.8 (ChronDB)", fixed, "The PostgreSQL version this server behaves as."),
  told("session_authorization", "", fixed, "The user of the session."),
  told(
    "standard_conforming_strings",
    "on",
    choice("on", "true", "1", "yes"),
    "Backslashes in plain strings stand for themselves.",
  ),
  told("TimeZone", "UTC", { kind: "zone" }, "Time zone in which times are read and shown."),
  row("backslash_quote", "safe_encoding", choice("safe_encoding", "on", "off"), "Whether \\' is allowed in strings."),
  row("bytea_output", "hex", choice("hex", "escape"), "How bytea is shown."),
  row("check_function_bodies", "on", bool, "Accepted for pg_dump and kin."),
  row("chrondb.flags", "", text, "Flags of this session's next commits, separated by commas."),
  row("chrondb.message", "", text, "Message of this session's next commits."),
  row("chrondb.user", "", text, "User this session claims to write for; kept in the note beside the principal."),
  row("client_min_messages", "notice", choice(...LEVELS), "Least severity of notices sent to the client."),
  row("constraint_exclusion", "partition", choice("partition", "on", "off"), "Accepted; there are no partitions."),
  row("cursor_tuple_fraction", "0.1", { kind: "real", minimum: 0, maximum: 1 }, "Accepted; plans do not depend on it."),
  row("default_tablespace", "", choice(""), "There are no tablespaces."),
  row("default_table_access_method", "heap", choice("heap"), "Accepted for pg_dump."),
  row("default_transaction_deferrable", "off", bool, "Whether new transactions are deferrable."),
  row(
    "default_transaction_isolation",
    "read committed",
    choice("read committed", "read uncommitted"),
    "Isolation of new transactions.",
  ),
  row("escape_string_warning", "on", bool, "Accepted."),
  row(
    "extra_float_digits",
    "1",
    integer(-15, 3),
    "Above 0, floats are shown exactly; else with that many digits fewer than 15 or 6.",
  ),
  ...PLANNER.map((name) => row(name, "on", bool, "Accepted; plans do not depend on it.")),
  row("geqo", "on", bool, "Accepted; plans do not depend on it."),
  row(
    "idle_in_transaction_session_timeout",
    "0",
    ms,
    "Milliseconds a session may idle in a transaction before it is ended; 0 = for ever.",
  ),
  row("idle_session_timeout", "0", ms, "Milliseconds a session may idle outside transactions; 0 = for ever."),
  row("jit", "off", bool, "Accepted; nothing is compiled."),
  row("lc_collate", "C.UTF-8", fixed, "Order of text: by its UTF-8 bytes."),
  row("lc_ctype", "C.UTF-8", fixed, "Kinds of characters."),
  row("lc_messages", "C", text, "Language of messages: always English."),
  row("lc_monetary", "C", text, "Accepted."),
  row("lc_numeric", "C", text, "Accepted."),
  row("lc_time", "C", text, "Accepted."),
  row("lock_timeout", "0", ms, "Milliseconds a statement may wait for a lock; there are none to wait for yet."),
  ...Object.entries({
    max_parallel_workers: "8",
    max_parallel_workers_per_gather: "2",
    min_parallel_table_scan_size: "1024",
    min_parallel_index_scan_size: "64",
  }).map(([name, value]) => row(name, value, integer(0, 715_827_882), "Accepted; workers are ChronDB's own.")),
  ...Object.entries({
    parallel_setup_cost: "1000",
    parallel_tuple_cost: "0.1",
    random_page_cost: "4",
    seq_page_cost: "1",
    cpu_tuple_cost: "0.01",
    cpu_operator_cost: "0.0025",
  }).map(([name, value]) =>
    row(name, value, { kind: "real", minimum: 0, maximum: 1e300 }, "Accepted; plans do not depend on it."),
  ),
  row("max_identifier_length", "63", fixed, "Bytes of a name."),
  row("password_encryption", "scram-sha-256", choice("scram-sha-256"), "How passwords are kept."),
  row("plan_cache_mode", "auto", choice("auto", "force_generic_plan", "force_custom_plan"), "Accepted."),
  row("role", "none", choice("none"), "The role in force."),
  row("row_security", "on", bool, "Whether row security applies."),
  row("search_path", '"$user", public', text, "Schemas looked in for names without one."),
  row("server_version_num", "150008", fixed, "The same as a number."),
  row("ssl", "off", fixed, "Whether TLS is offered."),
  row("statement_timeout", "0", ms, "Milliseconds a statement may run; 0 = for ever."),
  row("synchronize_seqscans", "on", bool, "Accepted."),
  row(
    "synchronous_commit",
    "on",
    choice("on", "local", "remote_write", "remote_apply"),
    "Writes are answered after they are on disk; off is not offered.",
  ),
  row("transaction_deferrable", "off", bool, "Whether this transaction is deferrable."),
  row("transaction_isolation", "read committed", choice("read committed", "read uncommitted"), "Isolation of this transaction."),
  row("transaction_read_only", "off", bool, "Whether this transaction only reads."),
  row("transform_null_equals", "off", choice("off"), "x = NULL is never true."),
  row("vacuum_cost_delay", "0", { kind: "real", minimum: 0, maximum: 100 }, "Accepted."),
  row(
    "work_mem",
    "4096",
    { kind: "integer", minimum: 64, maximum: 2_147_483_647, unit: "kB" },
    "Accepted; workers take what they need.",
  ),
  row("xmloption", "content", choice("content", "document"), "Accepted; there is no xml."),
];

export const SETTING_BY_NAME: ReadonlyMap<string, SettingDefinition> = new Map(
  SETTINGS.map((setting) => [setting.name.toLowerCase(), setting]),
);
