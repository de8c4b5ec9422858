// Settings from a YAML file, the environment and flags, in rising precedence; checked against table.ts.
// Refusals name the setting, where its value came from, and what to do.
import { existsSync } from "node:fs";
import { isIP } from "node:net";
import { fileURLToPath } from "node:url";
import { present } from "../base/assert.ts";
import { ChronError } from "../base/errors.ts";
import { DEFAULT_LIMITS, type LimitName, type Limits } from "../base/limits.ts";
import { CLIENT_VARIABLES } from "./client.ts";
import { CONFIG_VARIABLE, type Environment, type Found, HOST_VARIABLE, readEnvironment } from "./environment.ts";
import { readConfigFile } from "./file.ts";
import { KINDS } from "./kinds.ts";
import type { DoorSettings, Settings } from "./settings.ts";
import { LIMIT_NAMES, SETTINGS, type SettingRow, UNBUILT } from "./table.ts";

/** Flags of `chrondb server`, as the command line room hands them over. Values are unchecked text. */
export interface ServerFlags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly host?: string;
  readonly restPort?: string;
  readonly redisPort?: string;
  readonly pgPort?: string;
  readonly disableRest?: boolean;
  readonly disableRedis?: boolean;
  readonly disableSql?: boolean;
  readonly logLevel?: string;
}

/** Read when neither --config nor CHRONDB_CONFIG names a file. */
export const DEFAULT_CONFIG_FILE = fileURLToPath(new URL("../../config/default.yaml", import.meta.url));

const ROWS: ReadonlyMap<string, SettingRow> = new Map(SETTINGS.map((row) => [row.path, row]));

export interface LoadOptions {
  readonly flags?: ServerFlags;
  readonly env?: Environment;
  /** Overrides --config and CHRONDB_CONFIG; null reads no file. */
  readonly configPath?: string | null;
}

export function loadSettings(options: LoadOptions = {}): Settings {
  const flags = options.flags ?? {};
  const env = options.env ?? process.env;
  const found = new Map<string, Found>();
  const path = configPath(options, flags, env);
  if (path !== null) for (const [key, value] of fromFile(path)) found.set(key, value);
  // A null in the file means "unset"; nothing else can be null.
  for (const [key, value] of readEnvironment(env)) found.set(key, value);
  for (const [key, value] of fromFlags(flags)) found.set(key, value);
  refuseUnbuilt(found);
  return assemble(new Values(found));
}

function configPath(options: LoadOptions, flags: ServerFlags, env: Environment): string | null {
  if (options.configPath !== undefined) return options.configPath;
  const named = flags.config ?? env[CONFIG_VARIABLE];
  if (named !== undefined) return named;
  return existsSync(DEFAULT_CONFIG_FILE) ? DEFAULT_CONFIG_FILE : null;
}

function fromFile(path: string): Map<string, Found> {
  const file = readConfigFile(path);
  const found = new Map<string, Found>();
  for (const [key, value] of file.values) {
    const row = ROWS.get(key);
    const isKnown = row !== undefined || UNBUILT.some((unbuilt) => unbuilt.path === key);
    if (!isKnown) {
      const isHeading = value === null && known().some((name) => name.startsWith(`${key}.`));
      if (isHeading) continue;
      throw new ChronError("INVALID_CONFIG", `${path} has the setting ${key}, which does not exist${suggestion(key)}.`);
    }
    if (value === null && row !== undefined) continue;
    if (row?.secret === true && (file.mode & 0o077) !== 0) {
      throw new ChronError(
        "INVALID_CONFIG",
        `${path} holds the secret ${key} and can be read by others (mode ${file.mode.toString(8)}); run: chmod 600 ${path}`,
      );
    }
    found.set(key, { value, source: path });
  }
  return found;
}

function known(): string[] {
  return [...ROWS.keys(), ...UNBUILT.map((row) => row.path)];
}

function suggestion(key: string): string {
  const plain = (text: string): string => text.replace(/[-_]/g, "").toLowerCase();
  const last = (text: string): string => plain(text.slice(text.lastIndexOf(".") + 1));
  const near =
    known().find((name) => plain(name) === plain(key)) ??
    known().find((name) => last(name) === last(key) || plain(name).startsWith(plain(key)));
  return near === undefined ? " (docs/reference/settings.md lists those that do)" : `; did you mean ${near}`;
}

function fromFlags(flags: ServerFlags): [string, Found][] {
  const rows: [string, unknown, string][] = [
    ["storage.dataDir", flags.dataDir, "--data-dir"],
    ["servers.rest.host", flags.host, "--host"],
    ["servers.redis.host", flags.host, "--host"],
    ["servers.postgresql.host", flags.host, "--host"],
    ["servers.rest.port", flags.restPort, "--rest-port"],
    ["servers.redis.port", flags.redisPort, "--redis-port"],
    ["servers.postgresql.port", flags.pgPort, "--pg-port"],
    ["servers.rest.enabled", flags.disableRest === true ? false : undefined, "--disable-rest"],
    ["servers.redis.enabled", flags.disableRedis === true ? false : undefined, "--disable-redis"],
    ["servers.postgresql.enabled", flags.disableSql === true ? false : undefined, "--disable-sql"],
    ["logging.level", flags.logLevel, "--log-level"],
  ];
  return rows.flatMap(([path, value, source]) => (value === undefined ? [] : [[path, { value, source }] as [string, Found]]));
}

function refuseUnbuilt(found: ReadonlyMap<string, Found>): void {
  for (const row of UNBUILT) {
    const given = found.get(row.path);
    if (given === undefined || given.value === null || row.off.includes(given.value)) continue;
    throw new ChronError(
      "INVALID_CONFIG",
      `${row.path} (from ${given.source}) is not supported yet: it comes with ${row.comesWith}. Remove it.`,
    );
  }
}

/** Values found, read by path and checked by kind. */
class Values {
  readonly found: ReadonlyMap<string, Found>;

  constructor(found: ReadonlyMap<string, Found>) {
    this.found = found;
  }

  /** The checked value, or the row's default. The row's kind guarantees the type `T` the caller names. */
  get<T>(path: string): T {
    const row = present(ROWS.get(path), `setting ${path}`);
    const given = this.found.get(path);
    if (given === undefined) return row.default as T;
    const kind = KINDS[row.kind];
    const read = kind.schema.safeParse(given.value);
    if (read.success) return read.data as T;
    const shown = row.secret === true ? "" : ` is ${JSON.stringify(given.value)}, but`;
    throw new ChronError("INVALID_CONFIG", `${path} (from ${given.source})${shown} must be ${kind.expects}.`);
  }

  /** The value of a setting that has an alias; both given and different is a contradiction. */
  either(path: string, alias: string): string | null {
    const one = this.get<string | null>(path);
    const other = this.get<string | null>(alias);
    if (one !== null && other !== null && one !== other) {
      throw new ChronError("INVALID_CONFIG", `${path} and ${alias} are both given and differ; keep ${path}.`);
    }
    return one ?? other;
  }
}

function assemble(values: Values): Settings {
  const settings: Settings = {
    git: {
      committerName: values.get("git.committerName"),
      committerEmail: values.get("git.committerEmail"),
      defaultBranch: values.get("git.defaultBranch"),
    },
    storage: { dataDir: values.get("storage.dataDir") },
    logging: {
      level: values.get("logging.level"),
      output: values.get("logging.output"),
      file: values.get("logging.file"),
      slowMs: values.get("logging.slowMs"),
    },
    servers: { rest: door(values, "rest"), redis: door(values, "redis"), postgresql: door(values, "postgresql") },
    auth: credentials(values),
    tenants: [...new Set(["chrondb", ...values.get<string[]>("tenants")])],
    limits: limits(values),
  };
  refuseUnguarded(settings);
  return settings;
}

function door(values: Values, name: string): DoorSettings {
  return {
    enabled: values.get(`servers.${name}.enabled`),
    host: values.get(`servers.${name}.host`),
    port: values.get(`servers.${name}.port`),
  };
}

function credentials(values: Values): Settings["auth"] {
  const username = values.either("auth.username", "servers.postgresql.username");
  const password = values.either("auth.password", "servers.postgresql.password");
  if (password !== null) return { username: username ?? "chrondb", password };
  if (username === null) return null;
  throw new ChronError(
    "INVALID_CONFIG",
    `auth.username is ${JSON.stringify(username)} but there is no auth.password; set CHRONDB_PASSWORD_FILE, or remove the name.`,
  );
}

function limits(values: Values): Limits {
  const merged: Record<LimitName, number> = { ...DEFAULT_LIMITS };
  for (const name of LIMIT_NAMES) if (ROWS.has(`limits.${name}`)) merged[name] = values.get(`limits.${name}`);
  if (merged.diskResumeBytes < merged.diskLowBytes) {
    throw new ChronError(
      "INVALID_CONFIG",
      `limits.diskResumeBytes is ${merged.diskResumeBytes}, below limits.diskLowBytes, which is ${merged.diskLowBytes}; raise it.`,
    );
  }
  if (merged.restListDefault > merged.restListMaximum) {
    throw new ChronError(
      "INVALID_CONFIG",
      `limits.restListDefault is ${merged.restListDefault}, above limits.restListMaximum, which is ${merged.restListMaximum}.`,
    );
  }
  return merged;
}

/** Whether an address can only be reached from this machine. A name other than localhost could resolve to anything. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 4) return host.startsWith("127.");
  if (version === 6) return host === "::1" || host.toLowerCase().startsWith("::ffff:127.");
  return host === "localhost";
}

function refuseUnguarded(settings: Settings): void {
  if (settings.auth !== null) return;
  for (const [name, server] of Object.entries(settings.servers)) {
    if (!server.enabled || isLoopback(server.host)) continue;
    throw new ChronError(
      "INVALID_CONFIG",
      `servers.${name}.host is ${server.host}, which other machines may reach, but no user is configured, so anyone could read ` +
        "and change everything. Set auth.password (CHRONDB_PASSWORD or CHRONDB_PASSWORD_FILE), or listen on 127.0.0.1.",
    );
  }
}

/** Container platforms inject these for a service that is called chrondb. */
const INJECTED = /^CHRONDB_(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_\w+)?|LIB_\w+|SKIP_DOWNLOAD|DB_LOGS)$/;

/** Sentences to log once at start: what is legal but probably not meant. */
export function startupWarnings(settings: Settings, env: Environment = process.env): string[] {
  const warnings: string[] = [];
  if (settings.auth === null) {
    warnings.push(
      "Open development mode: no user is configured, so every program on this machine is administrator. " +
        "Set CHRONDB_PASSWORD to guard all doors.",
    );
  }
  const variables = new Set<string>([CONFIG_VARIABLE, HOST_VARIABLE, ...CLIENT_VARIABLES]);
  for (const row of [...SETTINGS, ...UNBUILT]) variables.add(row.env);
  for (const row of SETTINGS) if (row.secret === true) variables.add(`${row.env}_FILE`);
  for (const name of Object.keys(env)) {
    if (!name.startsWith("CHRONDB_") || variables.has(name) || INJECTED.test(name)) continue;
    warnings.push(
      `The environment variable ${name} is not a setting and has no effect; docs/reference/settings.md lists those that are.`,
    );
  }
  return warnings;
}
