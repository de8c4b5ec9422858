// The judge's side: a client of a real PostgreSQL 15 whose answers have the shape of ours.
import pg from "pg";
import type { SqlText } from "../../../src/sql/contract.ts";
import { type RealPostgres, startPostgres } from "../../support/postgres.ts";
import type { Answer } from "./room.ts";

interface PgField {
  readonly name: string;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

interface PgError {
  readonly code?: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
}

export class Judge {
  readonly #server: RealPostgres;
  readonly #client: InstanceType<typeof pg.Client>;

  private constructor(server: RealPostgres, client: InstanceType<typeof pg.Client>) {
    this.#server = server;
    this.#client = client;
  }

  static async start(): Promise<Judge | null> {
    const server = await startPostgres();
    if (server === null) return null;
    const client = new pg.Client({ host: "127.0.0.1", port: server.port, user: server.user, database: server.database });
    await client.connect();
    return new Judge(server, client);
  }

  async run(text: string, parameters: readonly SqlText[] = []): Promise<Answer> {
    try {
      const result = (await this.#client.query({
        text,
        values: [...parameters],
        rowMode: "array",
        types: { getTypeParser: () => (value: unknown) => value },
      } as never)) as unknown as { fields: PgField[]; rows: SqlText[][]; command: string; rowCount: number | null };
      const columns =
        result.fields.length === 0 && result.rows.length === 0
          ? null
          : result.fields.map((field) => ({ name: field.name, type: field.dataTypeID, typmod: field.dataTypeModifier }));
      const count = ["SELECT", "UPDATE", "DELETE", "MERGE", "FETCH"].includes(result.command)
        ? ` ${result.rowCount ?? 0}`
        : result.command === "INSERT"
          ? ` 0 ${result.rowCount ?? 0}`
          : "";
      return { columns, rows: result.rows, tag: `${result.command}${count}`, error: null };
    } catch (thrown) {
      const error = thrown as PgError;
      return {
        columns: null,
        rows: [],
        tag: "",
        error: {
          sqlstate: error.code ?? "",
          message: error.message,
          ...(error.detail === undefined ? {} : { detail: error.detail }),
          ...(error.hint === undefined ? {} : { hint: error.hint }),
          ...(error.position === undefined ? {} : { position: Number(error.position) }),
        },
      };
    }
  }

  async stop(): Promise<void> {
    await this.#client.end();
    await this.#server.stop();
  }
}
