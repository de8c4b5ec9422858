// Every verb, in the order of --help. A new verb is a file beside this one and a line here.
import type { Verb } from "../contract.ts";
import { remove } from "./delete.ts";
import { exportDocuments } from "./export.ts";
import { get } from "./get.ts";
import { gitPath } from "./git-path.ts";
import { history } from "./history.ts";
import { importVerb } from "./import.ts";
import { info } from "./info.ts";
import { init } from "./init.ts";
import { log } from "./log.ts";
import { put } from "./put.ts";
import { query } from "./query.ts";
import { rebuild } from "./rebuild.ts";
import { server } from "./server.ts";
import { tailHistory } from "./tail-history.ts";
import { verify } from "./verify.ts";

export const VERBS: readonly Verb[] = [
  server,
  init,
  info,
  get,
  put,
  remove,
  history,
  tailHistory,
  importVerb,
  exportDocuments,
  query,
  verify,
  log,
  rebuild,
  gitPath,
];
