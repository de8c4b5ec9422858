import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { scene } from "../support.ts";

interface Operation {
  readonly summary?: string;
  readonly tags?: string[];
  readonly responses?: Record<string, { content?: Record<string, { schema: object }> }>;
}

interface Description {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
}

test("every route that works is described, with a summary, and none that does not", async () => {
  const set = await scene();
  const description = (await set.app.inject("/openapi.json")).json<Description>();
  expect(description.openapi).toBe("3.1.0");
  expect(Object.keys(description.paths)).toContain("/api/v1/documents/{key}/restore");
  expect(Object.keys(description.paths)).not.toContain("/api/v1/search");
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      expect(operation.summary, `${method} ${path}`).toBeTruthy();
      expect(operation.tags, `${method} ${path}`).toHaveLength(1);
    }
  }
  expect((await set.app.inject("/docs/json")).json()).toEqual(description);
  await set.drain();
});

test("answers fit their descriptions", async () => {
  const set = await scene();
  const { paths } = (await set.app.inject("/openapi.json")).json<Description>();
  await set.app.inject({ method: "POST", url: "/api/v1/save", payload: '{"id":"user:1","a":1}' });
  const requests = [
    ["GET", "/", "/"],
    ["GET", "/health", "/health"],
    ["GET", "/healthz", "/healthz"],
    ["GET", "/readyz", "/readyz"],
    ["GET", "/startupz", "/startupz"],
    ["GET", "/api/v1/health", "/api/v1/health"],
    ["GET", "/api/v1/info", "/api/v1/info"],
    ["POST", "/api/v1/init", "/api/v1/init"],
    ["POST", "/api/v1/verify", "/api/v1/verify"],
    ["GET", "/api/v1/get/user:1", "/api/v1/get/{id}"],
    ["GET", "/api/v1/get/user:2", "/api/v1/get/{id}"],
    ["GET", "/api/v1/documents?limit=1", "/api/v1/documents"],
    ["GET", "/api/v1/export", "/api/v1/export"],
    ["GET", "/api/v1/history/user:1", "/api/v1/history/{id}"],
    ["GET", "/api/v1/documents/user:1/history", "/api/v1/documents/{key}/history"],
    ["GET", "/api/v1/documents/user:1/at/1", "/api/v1/documents/{key}/at/{timestamp}"],
    ["GET", "/api/v1/documents/user:1/diff?t1=1", "/api/v1/documents/{key}/diff"],
    ["POST", "/api/v1/documents/user:1/restore?ref=1", "/api/v1/documents/{key}/restore"],
    ["DELETE", "/api/v1/delete/user:1", "/api/v1/delete/{id}"],
  ] as const;
  const ajv = new Ajv({ strict: false, validateFormats: false });
  for (const [method, url, path] of requests) {
    const answer = await set.app.inject({ method, url });
    const schema = paths[path]?.[method.toLowerCase()]?.responses?.[answer.statusCode]?.content?.["application/json"]?.schema;
    expect(schema, `${method} ${path} ${answer.statusCode} is described`).toBeDefined();
    expect(ajv.validate(schema ?? {}, answer.json()), `${method} ${url}: ${ajv.errorsText()}`).toBe(true);
  }
  await set.drain();
});

test("the interactive page comes from this server alone", async () => {
  const set = await scene();
  const page = await set.app.inject("/docs/");
  expect(page.statusCode).toBe(200);
  expect(page.headers["content-type"]).toContain("text/html");
  const scripts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(scripts.length).toBeGreaterThan(2);
  for (const script of scripts)
    expect((await set.app.inject(new URL(script, "http://localhost/docs/").pathname)).statusCode, script).toBe(200);
  expect(String(page.headers["content-security-policy"])).toContain("script-src 'self'");
  expect(String(page.headers["content-security-policy"])).not.toMatch(/upgrade-insecure|validator/);
  await set.drain();
});
