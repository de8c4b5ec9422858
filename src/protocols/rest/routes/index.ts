// Every route of the REST door: one file a resource, one line here.
import type { Routes } from "../door.ts";
import { atRoutes } from "./at.ts";
import { deleteRoutes } from "./delete.ts";
import { diffRoutes } from "./diff.ts";
import { documentRoutes } from "./document.ts";
import { documentsRoutes } from "./documents.ts";
import { exportRoutes } from "./export.ts";
import { getRoutes } from "./get.ts";
import { healthRoutes } from "./health.ts";
import { historyRoutes } from "./history.ts";
import { importRoutes } from "./import.ts";
import { infoRoutes } from "./info.ts";
import { laterRoutes } from "./later.ts";
import { metricsRoutes } from "./metrics.ts";
import { openapiRoutes } from "./openapi.ts";
import { putRoutes } from "./put.ts";
import { restoreRoutes } from "./restore.ts";
import { saveRoutes } from "./save.ts";
import { sqlRoutes } from "./sql.ts";
import { verifyRoutes } from "./verify.ts";
import { welcomeRoutes } from "./welcome.ts";

export const routes: readonly Routes[] = [
  welcomeRoutes,
  healthRoutes,
  metricsRoutes,
  openapiRoutes,
  infoRoutes,
  saveRoutes,
  putRoutes,
  getRoutes,
  deleteRoutes,
  documentRoutes,
  documentsRoutes,
  historyRoutes,
  atRoutes,
  diffRoutes,
  restoreRoutes,
  importRoutes,
  exportRoutes,
  sqlRoutes,
  verifyRoutes,
  laterRoutes,
];
