// How documents lie in SQLite: the tables, the settings of a connection, and what a fresh file starts with. DESIGN.md says why.
import { closeSync, existsSync, openSync } from "node:fs";
import Database from "better-sqlite3";
import { ChronError } from "../base/errors.ts";
import type { Limits } from "../base/limits.ts";
import { damaged, stateFailure } from "./failures.ts";
import { numericKey } from "./numkey.ts";

/** Raised with every change of the layout; an older file is rebuilt, not converted: it is derived data. */
export const STATE_FORMAT = 2;

export type RegisterFunctions = (db: Database.Database) => void;

/** See chain.ts. The body comes last, so that none of this lies behind a long one. */
const CHAIN_COLUMNS = "prev INTEGER NOT NULL DEFAULT 0, depth INTEGER NOT NULL DEFAULT 0, jump INTEGER NOT NULL DEFAULT 0";

/**
 * What an overwrite drags along, done where SQLite has the old row at hand anyway: a statement of its own would find it again
 * (3 us of 20). An update that gives `prev` a new value numbers the row of history that it makes.
 */
function updateTriggers(table: string, tid: string): string {
  return `
CREATE TRIGGER ${table}_history AFTER UPDATE ON ${table} WHEN NEW.prev <> OLD.prev BEGIN
  INSERT INTO history (n, to_seq, tid, id, from_seq, kind, expires, prev, depth, jump, body) VALUES (NEW.prev, NEW.from_seq, ${tid}, OLD.id,
    OLD.from_seq, OLD.kind, OLD.expires, OLD.prev, OLD.depth, OLD.jump, OLD.body);
END;
CREATE TRIGGER ${table}_expiry AFTER UPDATE ON ${table} WHEN NEW.expires <> OLD.expires BEGIN
  DELETE FROM expiry WHERE expires = OLD.expires AND tid = ${tid} AND id = OLD.id;
  INSERT INTO expiry (expires, tid, id) SELECT NEW.expires, ${tid}, OLD.id WHERE NEW.expires > 0;
END;`;
}

const TABLES = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE entry (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, head BLOB NOT NULL, past INTEGER NOT NULL);
CREATE TABLE tbl (tid INTEGER PRIMARY KEY, name TEXT NOT NULL, from_seq INTEGER NOT NULL, to_seq INTEGER, definition TEXT,
  kinds INTEGER NOT NULL, changed INTEGER NOT NULL);
CREATE INDEX tbl_name ON tbl (name, from_seq);
CREATE INDEX tbl_changed ON tbl (changed);
CREATE TABLE field (tid INTEGER NOT NULL, ordinal INTEGER NOT NULL, name TEXT NOT NULL, seen INTEGER NOT NULL,
  PRIMARY KEY (tid, ordinal)) WITHOUT ROWID;
CREATE TABLE counter (tid INTEGER PRIMARY KEY, documents INTEGER NOT NULL);
CREATE TABLE doc (tid INTEGER NOT NULL, id TEXT NOT NULL, from_seq INTEGER NOT NULL, kind INTEGER NOT NULL, expires INTEGER NOT NULL,
  ${CHAIN_COLUMNS}, body NOT NULL, PRIMARY KEY (tid, id)) WITHOUT ROWID;
CREATE TABLE history (n INTEGER PRIMARY KEY, to_seq INTEGER NOT NULL, tid INTEGER NOT NULL, id TEXT NOT NULL, from_seq INTEGER NOT NULL,
  kind INTEGER NOT NULL, expires INTEGER NOT NULL, ${CHAIN_COLUMNS}, body NOT NULL);
CREATE TABLE gone (tid INTEGER NOT NULL, id TEXT NOT NULL, ${CHAIN_COLUMNS}, PRIMARY KEY (tid, id)) WITHOUT ROWID;
CREATE TABLE expiry (expires INTEGER NOT NULL, tid INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (expires, tid, id)) WITHOUT ROWID;
INSERT INTO meta VALUES ('format', ${STATE_FORMAT}), ('catalog', 0);
INSERT INTO counter VALUES (0, 0);
${updateTriggers("doc", "OLD.tid")}
`;

/** The physical table of a declared table. */
export function ownTable(tid: number): string {
  return `d_${tid}`;
}

export function createOwnTable(tid: number): string {
  return `CREATE TABLE ${ownTable(tid)} (id TEXT PRIMARY KEY NOT NULL, from_seq INTEGER NOT NULL, kind INTEGER NOT NULL,
    expires INTEGER NOT NULL, ${CHAIN_COLUMNS}, body NOT NULL); ${updateTriggers(ownTable(tid), String(tid))}`;
}

export interface ConnectOptions {
  readonly path: string;
  readonly access: "write" | "read";
  readonly registerFunctions?: RegisterFunctions | undefined;
  readonly limits: Limits;
}

/** Opens a connection as this room wants it; the writer's makes the file if there is none. Throws CORRUPT, STORAGE_FAILED. */
export function connect(options: ConnectOptions): Database.Database {
  const { path, access, limits } = options;
  // Made by us, so that it and the -wal and -shm files, which take its mode, are never readable by others. Only when absent:
  // closing a descriptor of a file SQLite has open would drop SQLite's locks on it.
  if (access === "write" && !existsSync(path)) closeSync(openSync(path, "a", 0o600));
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: access === "read", fileMustExist: true });
    db.function("chrondb_numkey", { deterministic: true, varargs: false }, (json: unknown) => numericKey(json));
    options.registerFunctions?.(db);
    if (access === "write") db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    db.pragma("temp_store = MEMORY");
    db.pragma("secure_delete = FAST");
    db.pragma(`cache_size = -${Math.floor(limits.stateCacheBytes / 1024)}`);
    db.pragma("wal_autocheckpoint = 0");
    prepareFormat(db, path, access);
    return db;
  } catch (thrown) {
    db?.close();
    throw stateFailure(thrown, path);
  }
}

function prepareFormat(db: Database.Database, path: string, access: "write" | "read"): void {
  const empty = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() === 0;
  if (empty) {
    if (access === "read") {
      throw new ChronError("CORRUPT", `The state database ${path} is empty. Start the server once, or run \`chrondb rebuild\`.`, {
        path,
      });
    }
    db.transaction(() => db.exec(TABLES))();
    return;
  }
  const hasMeta = db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'meta'").pluck().get() === 1;
  if (!hasMeta) throw damaged(path, "it is a SQLite file of something else");
  const format = db.prepare("SELECT value FROM meta WHERE key = 'format'").pluck().get();
  if (format !== STATE_FORMAT) {
    throw new ChronError(
      "CORRUPT",
      `The state database ${path} has format ${String(format)}, this ChronDB reads format ${STATE_FORMAT}. It is derived data: run \`chrondb rebuild\`.`,
      { path },
    );
  }
}
