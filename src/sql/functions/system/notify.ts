// NOTIFY as a function, and what the session listens to.
import { OID } from "../../types/index.ts";
import { context, facts } from "../context.ts";
import type { SqlFunction } from "../define.ts";
import { float8, js, text } from "../short.ts";

const words = (value: unknown): string => (value === null ? "" : String(value));

export const notifyFunctions: readonly SqlFunction[] = [
  js(
    "pg_notify",
    [text, text],
    OID.void,
    (channel, payload) => {
      context().notify(words(channel), words(payload));
      return "";
    },
    { volatility: "volatile", session: true, catalog: true, strict: false },
  ),
  {
    name: "pg_listening_channels",
    args: [],
    returns: text,
    volatility: "stable",
    kind: "table",
    catalog: true,
    *rows() {
      for (const channel of facts().lists?.channels() ?? []) yield [channel];
    },
  },
  js("pg_notification_queue_usage", [], float8, () => 0, { volatility: "volatile" }),
];
