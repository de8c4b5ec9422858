// GET /api/v1/info and POST /api/v1/init (which answers the same, since a running server has its repository).
import { Type } from "@sinclair/typebox";
import type { Routes } from "../door.ts";

const INFO = Type.Object({
  "default-branch": Type.String(),
  "data-directory": Type.String(),
  "repository-open?": Type.Boolean(),
  version: Type.String(),
  tenants: Type.Array(Type.String()),
  documents: Type.Integer({ description: "Documents that exist now, over all tenants" }),
});

export const infoRoutes: Routes = (app, { service }) => {
  const info = async () => {
    const status = service.status();
    return {
      "default-branch": status.defaultBranch,
      "data-directory": status.dataDirectory,
      "repository-open?": status.tenants.every(({ problem }) => problem === null),
      version: status.version,
      tenants: status.tenants.map(({ name }) => name),
      documents: status.tenants.reduce((sum, { documents }) => sum + documents, 0),
    };
  };
  app.get("/api/v1/info", { schema: { tags: ["server"], summary: "Facts about this server", response: { 200: INFO } } }, info);
  app.post(
    "/api/v1/init",
    { schema: { tags: ["server"], summary: "Makes sure that the repository exists", response: { 200: INFO } } },
    info,
  );
};
