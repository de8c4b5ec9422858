// A REST door over a real SQL room, on a socket of its own.
import { expect } from "vitest";
import type { Limits } from "../../../../src/base/limits.ts";
import { type RestDoor, startRestDoor } from "../../../../src/protocols/rest/index.ts";
import { TestRoom } from "../../../sql/support/room.ts";
import { sceneDeps, type ToldEvent } from "../support.ts";

export interface SqlAnswer {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, unknown>;
  readonly headers: Headers;
}

export class SqlScene {
  readonly room: TestRoom;
  readonly door: RestDoor;
  readonly told: ToldEvent[];
  readonly #base: string;

  private constructor(room: TestRoom, door: RestDoor, told: ToldEvent[]) {
    this.room = room;
    this.door = door;
    this.told = told;
    this.#base = `http://127.0.0.1:${door.port}`;
  }

  static async open(limits: Partial<Limits> = {}, guard?: { user: string; password: string }): Promise<SqlScene> {
    const room = await TestRoom.open(limits);
    const { deps, told } = sceneDeps(guard === undefined ? { limits } : { limits, guard });
    const { openSession } = room.room;
    const users = { ...deps.auth, password: async (user: string) => user };
    const auth = guard === undefined ? deps.auth : users;
    const door = await startRestDoor({ ...deps, auth, service: room.service, openSession });
    return new SqlScene(room, door, told);
  }

  url(path: string): string {
    return this.#base + path;
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<SqlAnswer> {
    const answer = await fetch(this.url(path), {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.startsWith("application/json") === true;
    return {
      status: answer.status,
      text,
      json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
      headers: answer.headers,
    };
  }

  sql(body: unknown, headers: Record<string, string> = {}): Promise<SqlAnswer> {
    return this.post("/api/v1/sql", typeof body === "string" && !body.startsWith("{") ? { sql: body } : body, headers);
  }

  async lines(body: object, headers: Record<string, string> = {}): Promise<unknown[]> {
    const { text } = await this.sql(body, { accept: "application/x-ndjson", ...headers });
    expect(text.endsWith("\n")).toBe(true);
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
  }

  async begin(headers: Record<string, string> = {}): Promise<string> {
    const { status, json } = await this.post("/api/v1/sql/begin", undefined, headers);
    expect(status).toBe(200);
    return String(json.transaction);
  }

  limitsReached(): unknown[] {
    return this.told.filter(([name]) => name === "limitReached").map(([, limit]) => limit);
  }

  async close(): Promise<void> {
    await this.door.drain();
    await this.room.close();
  }
}
