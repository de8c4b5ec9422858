import { rows } from "../rows.ts";

const refused = (method: "GET" | "POST" | "PUT" | "DELETE", url: string, feature: string) => ({
  name: `${method} ${url}`,
  method,
  url,
  status: 501,
  has: ['"code":"NOT_SUPPORTED"', feature],
});

rows([
  refused("GET", "/api/v1/search?q=x", "search"),
  refused("GET", "/api/v1/branches", "branches"),
  refused("POST", "/api/v1/branches/dev", "branches"),
  refused("PUT", "/api/v1/branches/dev/checkout", "branches"),
  refused("POST", "/api/v1/branches/dev/merge/main", "branches"),
  refused("GET", "/api/v1/branches/dev/documents/user:1", "branches"),
  refused("POST", "/api/v1/branches/dev/documents/user:1", "branches"),
  refused("POST", "/api/v1/backup", "backups"),
  refused("POST", "/api/v1/restore", "backup"),
  refused("POST", "/api/v1/export", "snapshot"),
  refused("POST", "/api/v1/import", "snapshot"),
  refused("GET", "/api/v1/schemas/validation", "validation schemas"),
  refused("GET", "/api/v1/schemas/validation/user", "validation schemas"),
  refused("PUT", "/api/v1/schemas/validation/user", "validation schemas"),
  refused("DELETE", "/api/v1/schemas/validation/user", "validation schemas"),
  refused("GET", "/api/v1/schemas/validation/user/history", "validation schemas"),
  refused("POST", "/api/v1/schemas/validation/user/validate", "validation schemas"),
]);
