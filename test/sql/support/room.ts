// A SQL room over a real service in a folder of its own, and sessions on it that answer like a client sees them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../src/base/limits.ts";
import { systemRandom } from "../../../src/base/random.ts";
import type { Settings } from "../../../src/config/settings.ts";
import type { Caller } from "../../../src/core/contract.ts";
import { RunningService } from "../../../src/core/service.ts";
import { SqlError, type SqlErrorFields, type SqlSession, type SqlText } from "../../../src/sql/contract.ts";
import { createSqlRoom, type SqlRoom } from "../../../src/sql/room.ts";
import { recordedEvents } from "../../support/recorded-events.ts";

export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: number; readonly typmod: number }[] | null;
  readonly rows: SqlText[][];
  readonly tag: string;
  readonly error: SqlErrorFields | null;
}

export const CALLER: Caller = {
  tenant: "chrondb",
  branch: "main",
  origin: "sql",
  principal: "ada",
  user: "",
  address: "127.0.0.1",
};

export class TestRoom {
  readonly directory: string;
  readonly service: RunningService;
  readonly room: SqlRoom;

  private constructor(directory: string, service: RunningService, room: SqlRoom) {
    this.directory = directory;
    this.service = service;
    this.room = room;
  }

  static async open(limits: Partial<Limits> = {}): Promise<TestRoom> {
    const directory = mkdtempSync(join(tmpdir(), "chrondb-sql-"));
    const off = { enabled: false, host: "127.0.0.1", port: 0 };
    const settings: Settings = {
      git: { committerName: "ChronDB", committerEmail: "chrondb@example.com", defaultBranch: "main" },
      storage: { dataDir: directory },
      logging: { level: "silent", output: "stderr", file: "", slowMs: 0 },
      servers: { rest: off, redis: off, postgresql: off },
      auth: null,
      tenants: ["chrondb"],
      limits: { ...DEFAULT_LIMITS, ...limits },
    };
    const events = recordedEvents();
    const room = await createSqlRoom({ settings, version: "0.0.0-test", events, clock: systemClock, random: systemRandom });
    const service = await RunningService.open({
      settings,
      version: "0.0.0-test",
      rules: room.rules,
      registerFunctions: room.registerFunctions,
      events,
      clock: systemClock,
      random: systemRandom,
      onFatal: (error) => {
        throw error;
      },
    });
    room.open(service);
    return new TestRoom(directory, service, room);
  }

  session(startup: Record<string, string> = {}): TestSession {
    return new TestSession(this.room.openSession(CALLER, { user: "ada", TimeZone: "UTC", ...startup }));
  }

  async close(): Promise<void> {
    await this.room.close();
    await this.service.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export class TestSession {
  readonly session: SqlSession;

  constructor(session: SqlSession) {
    this.session = session;
  }

  /** Runs one statement as the extended protocol does; a refusal is part of the answer. */
  async run(text: string, parameters: readonly SqlText[] = [], oids: readonly number[] = []): Promise<Answer> {
    const none: Answer = { columns: null, rows: [], tag: "", error: null };
    try {
      const prepared = this.session.prepare(text, oids);
      if (prepared.empty) return none;
      const cursor = await this.session.execute(prepared, parameters);
      const rows: SqlText[][] = [];
      for (;;) {
        const batch = await cursor.next(0);
        rows.push(...batch.rows);
        if (batch.done) break;
      }
      const tag = cursor.tag();
      cursor.close();
      const columns = prepared.columns?.map(({ name, typeOid, typmod }) => ({ name, type: typeOid, typmod })) ?? null;
      return { columns, rows, tag, error: null };
    } catch (thrown) {
      if (!(thrown instanceof SqlError)) throw thrown;
      this.session.fail();
      return { ...none, error: thrown.fields };
    }
  }

  /** Rows of a statement that must succeed. */
  async rows(text: string, parameters: readonly SqlText[] = []): Promise<SqlText[][]> {
    const answer = await this.run(text, parameters);
    if (answer.error !== null) throw new SqlError(answer.error);
    return answer.rows;
  }
}
