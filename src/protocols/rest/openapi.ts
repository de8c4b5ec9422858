// The OpenAPI 3.1 description, generated from the route declarations; `/docs` shows it and `/openapi.json` serves it.
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";

export function describe(version: string, open: boolean): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "ChronDB",
        version,
        description:
          "A database server that never forgets. Every write is one git commit; every answer about the past stays the same. " +
          "Documents are JSON objects named `table:id`.",
        license: { name: "MIT", identifier: "MIT" },
      },
      tags: [
        { name: "documents", description: "Saving, reading and deleting one document" },
        { name: "lists", description: "Many documents: lists, export, import" },
        { name: "sql", description: "SQL statements, PostgreSQL's dialect, and transactions over several requests" },
        { name: "history", description: "The past: versions, differences, restoring" },
        { name: "server", description: "Facts, health, metrics" },
      ],
      components: { securitySchemes: { basic: { type: "http", scheme: "basic" } } },
      ...(open ? {} : { security: [{ basic: [] }] }),
    },
  };
}
