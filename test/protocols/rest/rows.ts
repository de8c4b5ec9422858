// Scenarios as rows: what is stored, the request, its status, what must and must not appear, and the effect on the store.
import { afterAll, expect, test } from "vitest";
import { type Scene, type SceneOptions, scene } from "./support.ts";

export interface Row {
  readonly name: string;
  /** Saved one after the other before the request: versions 1, 2, 3 … A null body deletes. */
  readonly given?: readonly (readonly [key: string, body: string | null])[];
  readonly method?: "GET" | "POST" | "PUT" | "DELETE" | "HEAD" | "PATCH" | "OPTIONS";
  readonly url: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** The exact body, or its exact JSON. */
  readonly is?: string;
  readonly has?: readonly string[];
  readonly hasNot?: readonly string[];
  /** Response headers; null: absent. */
  readonly answers?: Readonly<Record<string, string | null>>;
  readonly options?: SceneOptions;
  /** Before the request, after `given`. */
  readonly prepare?: (scene: Scene) => void;
  readonly effect?: (scene: Scene) => void;
}

/** Rows without options of their own share one door, emptied between them: building one takes longer than a request. */
export function rows(all: readonly Row[]): void {
  let shared: Promise<Scene> | null = null;
  afterAll(async () => (await shared)?.drain());
  for (const row of all) {
    test(row.name, async () => {
      if (row.options === undefined) {
        shared ??= scene();
        const set = await shared;
        set.service.chrondb.reset();
        await play(row, set);
      } else {
        const set = await scene(row.options);
        await play(row, set);
        await set.drain();
      }
    });
  }
}

async function play(row: Row, set: Scene): Promise<void> {
  for (const [key, body] of row.given ?? []) {
    const id = encodeURIComponent(key);
    const given = await set.app.inject(
      body === null
        ? { method: "DELETE", url: `/api/v1/delete?id=${id}` }
        : { method: "POST", url: `/api/v1/put?id=${id}`, payload: body },
    );
    expect(given.statusCode).toBe(200);
  }
  set.told.length = 0;
  row.prepare?.(set);
  const answer = await set.app.inject({
    method: row.method ?? "GET",
    url: row.url,
    headers: { ...row.headers },
    ...(row.body === undefined ? {} : { payload: row.body }),
  });
  expect(answer.statusCode, answer.body).toBe(row.status);
  if (row.is !== undefined) expect(answer.body).toBe(row.is);
  for (const piece of row.has ?? []) expect(answer.body).toContain(piece);
  for (const piece of row.hasNot ?? []) expect(answer.body).not.toContain(piece);
  for (const [name, value] of Object.entries(row.answers ?? {})) {
    if (value === null) expect(answer.headers[name]).toBeUndefined();
    else expect(String(answer.headers[name])).toBe(value);
  }
  if (answer.statusCode >= 400 && row.method !== "HEAD") {
    const { error, code, request_id } = answer.json<Record<string, unknown>>();
    expect([typeof error, typeof code, typeof request_id]).toEqual(["string", "string", "string"]);
  }
  row.effect?.(set);
}

/** The texts stored in the fake, for effects: the body of `table/id`, undefined when there is none. */
export function stored(set: Scene, table: string, id: string): string | undefined {
  const body = set.service.chrondb.current(table, id)?.body;
  return body === undefined ? undefined : String(body);
}

export function writes(set: Scene): number {
  return set.service.chrondb.entries.length;
}
