// Routes that ChronDB's users know and that come with later work: refused by name, so that nobody is left with a bare 404.
// Each row goes when its feature arrives. They are kept out of the OpenAPI description.
import { ChronError } from "../../../base/errors.ts";
import type { Routes } from "../door.ts";

type Method = "GET" | "POST" | "PUT" | "DELETE";

const LATER: readonly (readonly [Method, string, string])[] = [
  ["GET", "/api/v1/search", "full-text search"],
  ["GET", "/api/v1/branches", "branches"],
  ["POST", "/api/v1/branches/:name", "branches"],
  ["PUT", "/api/v1/branches/:name/checkout", "branches"],
  ["POST", "/api/v1/branches/:name/merge/:target", "branches"],
  ["GET", "/api/v1/branches/:name/documents/:key", "branches"],
  ["POST", "/api/v1/branches/:name/documents/:key", "branches"],
  ["POST", "/api/v1/backup", "backups"],
  ["POST", "/api/v1/restore", "restoring a backup"],
  ["POST", "/api/v1/export", "exporting a snapshot to a file (GET /api/v1/export streams the documents)"],
  ["POST", "/api/v1/import", "importing a snapshot file (POST /api/v1/documents/import takes documents)"],
  ["GET", "/api/v1/schemas/validation", "validation schemas"],
  ["GET", "/api/v1/schemas/validation/:namespace", "validation schemas"],
  ["PUT", "/api/v1/schemas/validation/:namespace", "validation schemas"],
  ["DELETE", "/api/v1/schemas/validation/:namespace", "validation schemas"],
  ["GET", "/api/v1/schemas/validation/:namespace/history", "validation schemas"],
  ["POST", "/api/v1/schemas/validation/:namespace/validate", "validation schemas"],
];

export const laterRoutes: Routes = (app) => {
  for (const [method, url, feature] of LATER) {
    app.route({
      method,
      url,
      schema: { hide: true },
      handler: async () => {
        throw new ChronError(
          "NOT_SUPPORTED",
          `This version of ChronDB does not offer ${feature} yet; the route is kept for it.`,
          { feature },
        );
      },
    });
  }
};
