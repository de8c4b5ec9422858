// POST /api/v1/verify: checks log, state and archive against each other.
import { Type } from "@sinclair/typebox";
import type { Tenant, VerifyReport } from "../../../core/contract.ts";
import { tenantOf } from "../caller.ts";
import type { Routes } from "../door.ts";
import { query, READ_QUERY } from "../schemas.ts";

const VERIFIED = Type.Object({
  status: Type.String({ description: "ok, or failed" }),
  checksum: Type.String({ description: "SHA-256 over the refs and their hashes" }),
  refs: Type.Record(Type.String(), Type.String()),
  checks: Type.Array(Type.Object({ component: Type.String(), ok: Type.Boolean(), message: Type.String() })),
});

export const verifyRoutes: Routes = (app, deps) => {
  // A check reads everything, so whoever asks while one runs gets its answer.
  const running = new Map<string, Promise<VerifyReport>>();
  const verify = (tenant: Tenant): Promise<VerifyReport> => {
    const before = running.get(tenant.name);
    if (before !== undefined) return before;
    const report = tenant.verify().finally(() => running.delete(tenant.name));
    running.set(tenant.name, report);
    return report;
  };

  app.post(
    "/api/v1/verify",
    {
      schema: {
        tags: ["server"],
        summary: "Checks log, state and git against each other",
        querystring: query(READ_QUERY),
        response: { 200: VERIFIED, 500: VERIFIED },
      },
    },
    async (request, reply) => {
      const report = await verify(tenantOf(request, deps));
      const { ok, checksum, refs, checks } = report;
      if (ok) return { status: "ok", checksum, refs, checks };
      const failed = checks.filter((check) => !check.ok);
      const error = `The check found damage: ${failed.map(({ component, message }) => `${component}: ${message}`).join("; ")}.`;
      return reply.code(500).send({ error, code: "CORRUPT", request_id: request.id, status: "failed", checksum, refs, checks });
    },
  );
};
