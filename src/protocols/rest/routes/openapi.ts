// GET /openapi.json: the description that /docs shows.
import { Type } from "@sinclair/typebox";
import type { Routes } from "../door.ts";

export const openapiRoutes: Routes = (app) => {
  app.get(
    "/openapi.json",
    {
      schema: {
        tags: ["server"],
        summary: "This description",
        response: { 200: Type.Object({}, { additionalProperties: true }) },
      },
    },
    async () => app.swagger(),
  );
};
