// GET /
import { Type } from "@sinclair/typebox";
import type { Routes } from "../door.ts";

export const welcomeRoutes: Routes = (app) => {
  app.get(
    "/",
    { schema: { tags: ["server"], summary: "Welcome", response: { 200: Type.Object({ message: Type.String() }) } } },
    async () => ({ message: "Welcome to ChronDB" }),
  );
};
