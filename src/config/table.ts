// Every setting there is: where it stands in the file, its environment variable, its flag, its default and what it means.
// The loader, `--help` and docs/reference/settings.md are made from this list, so a new setting is a new row here.
import { DEFAULT_LIMITS, type LimitName } from "../base/limits.ts";
import type { KindName } from "./kinds.ts";
import { LIMIT_DOCS } from "./limit-docs.ts";

export interface SettingRow {
  /** Dotted path in the YAML file. */
  readonly path: string;
  readonly kind: KindName;
  /** null: unset. */
  readonly default: unknown;
  readonly env: string;
  /** The flag of `chrondb server`, when there is one. */
  readonly flag?: string;
  readonly doc: string;
  /** The value must not be readable by others; `<env>_FILE` names a file that holds it. */
  readonly secret?: true;
  /** The value is that of another row; kept because ChronDB's documents write it here. */
  readonly alias?: string;
}

/** `documentBytes` -> `DOCUMENT_BYTES`. */
function upperSnake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

const DOORS = [
  { name: "rest", title: "REST", env: "REST", flag: "rest", disable: "rest", port: 3000 },
  { name: "redis", title: "Redis", env: "REDIS", flag: "redis", disable: "redis", port: 6379 },
  { name: "postgresql", title: "PostgreSQL", env: "PG", flag: "pg", disable: "sql", port: 5432 },
] as const;

function doorRows(): SettingRow[] {
  return DOORS.flatMap((door): SettingRow[] => [
    {
      path: `servers.${door.name}.enabled`,
      kind: "flag",
      default: true,
      env: `CHRONDB_${door.env}_ENABLED`,
      flag: `--disable-${door.disable}`,
      doc: `Whether the ${door.title} door is open.`,
    },
    {
      path: `servers.${door.name}.host`,
      kind: "host",
      default: "127.0.0.1",
      env: `CHRONDB_${door.env}_HOST`,
      flag: "--host",
      doc: `Address the ${door.title} door listens on. Anything but loopback needs auth.password.`,
    },
    {
      path: `servers.${door.name}.port`,
      kind: "port",
      default: door.port,
      env: `CHRONDB_${door.env}_PORT`,
      flag: `--${door.flag}-port`,
      doc: `Port of the ${door.title} door; 0 picks a free one.`,
    },
  ]);
}

/** Limits that keep a format or protocol well-formed; an operator cannot change them. */
export const FIXED_LIMITS: ReadonlySet<LimitName> = new Set(["idBytes", "tableNameBytes", "pgParameters"]);

export const LIMIT_NAMES = Object.keys(DEFAULT_LIMITS) as LimitName[];

function limitRows(): SettingRow[] {
  return LIMIT_NAMES.filter((name) => !FIXED_LIMITS.has(name)).map((name) => ({
    path: `limits.${name}`,
    kind: name.endsWith("Bytes") ? "bytes" : "count",
    default: DEFAULT_LIMITS[name],
    env: `CHRONDB_LIMITS_${upperSnake(name)}`,
    doc: LIMIT_DOCS[name] ?? "",
  }));
}

export const SETTINGS: readonly SettingRow[] = [
  {
    path: "git.committerName",
    kind: "name",
    default: "ChronDB",
    env: "CHRONDB_GIT_COMMITTER_NAME",
    doc: "Name of author and committer of every commit. Part of the commit's hash.",
  },
  {
    path: "git.committerEmail",
    kind: "name",
    default: "chrondb@example.com",
    env: "CHRONDB_GIT_COMMITTER_EMAIL",
    doc: "E-mail address of author and committer of every commit. Part of the commit's hash.",
  },
  {
    path: "git.defaultBranch",
    kind: "branch",
    default: "main",
    env: "CHRONDB_GIT_DEFAULT_BRANCH",
    doc: "The branch documents live on.",
  },
  {
    path: "storage.dataDir",
    kind: "path",
    default: "data",
    env: "CHRONDB_DATA_DIR",
    flag: "--data-dir",
    doc: "The data directory: a bare git repository with log and state in it. Relative to the working directory.",
  },
  {
    path: "logging.level",
    kind: "level",
    default: "info",
    env: "CHRONDB_LOG_LEVEL",
    flag: "--log-level",
    doc: "The least serious log lines to write.",
  },
  {
    path: "logging.output",
    kind: "output",
    default: "stderr",
    env: "CHRONDB_LOG_OUTPUT",
    doc: "Where log lines go. By default stdout carries nothing but the one line that says the server is ready.",
  },
  {
    path: "logging.file",
    kind: "path",
    default: "chrondb.log",
    env: "CHRONDB_LOG_FILE",
    doc: "The file log lines are appended to when logging.output is file.",
  },
  {
    path: "logging.slowMs",
    kind: "milliseconds",
    default: 1000,
    env: "CHRONDB_LOG_SLOW_MS",
    doc: "Operations slower than this many milliseconds are logged; 0 logs none.",
  },
  ...doorRows(),
  {
    path: "auth.username",
    kind: "user",
    default: null,
    env: "CHRONDB_USERNAME",
    doc: "The one user that guards all doors. With a password alone it is chrondb.",
  },
  {
    path: "auth.password",
    kind: "password",
    default: null,
    env: "CHRONDB_PASSWORD",
    secret: true,
    doc: "The password of that user. None: open development mode, on loopback only.",
  },
  {
    path: "servers.postgresql.username",
    kind: "user",
    default: null,
    env: "CHRONDB_PG_USERNAME",
    alias: "auth.username",
    doc: "Another name for auth.username.",
  },
  {
    path: "servers.postgresql.password",
    kind: "password",
    default: null,
    env: "CHRONDB_PG_PASSWORD",
    secret: true,
    alias: "auth.password",
    doc: "Another name for auth.password.",
  },
  {
    path: "tenants",
    kind: "tenants",
    default: ["chrondb"],
    env: "CHRONDB_TENANTS",
    doc: "Tenants opened at start; chrondb is always among them.",
  },
  ...limitRows(),
];

export interface UnbuiltSetting {
  readonly path: string;
  readonly env: string;
  /** Values that say "do not do it", which is what happens (as does null). */
  readonly off: readonly unknown[];
  readonly comesWith: string;
}

/** Settings of things not yet built: refused by name, not ignored. */
export const UNBUILT: readonly UnbuiltSetting[] = [
  { path: "git.signCommits", env: "CHRONDB_GIT_SIGN_COMMITS", off: [false, "false"], comesWith: "signed commits" },
  { path: "git.remoteUrl", env: "CHRONDB_GIT_REMOTE_URL", off: [""], comesWith: "remotes" },
  { path: "git.pushEnabled", env: "CHRONDB_GIT_PUSH_ENABLED", off: [false, "false"], comesWith: "remotes" },
  { path: "git.pushNotes", env: "CHRONDB_GIT_PUSH_NOTES", off: [false, "false"], comesWith: "remotes" },
  { path: "git.pullOnStart", env: "CHRONDB_GIT_PULL_ON_START", off: [false, "false"], comesWith: "remotes" },
  { path: "git.ssh.sshDir", env: "CHRONDB_GIT_SSH_DIR", off: [""], comesWith: "remotes" },
  { path: "git.ssh.authMethods", env: "CHRONDB_GIT_SSH_AUTH_METHODS", off: [""], comesWith: "remotes" },
];
