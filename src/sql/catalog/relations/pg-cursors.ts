import { isoMicros } from "../../../base/clock.ts";
import { sessionRows } from "../define.ts";

export const pgCursors = sessionRows("pg_catalog.pg_cursors", (facts) =>
  (facts.lists?.cursors() ?? []).map(({ name, text, hold, binary, scroll, declaredAt }) => ({
    name,
    statement: text,
    is_holdable: hold ? 1 : 0,
    is_binary: binary ? 1 : 0,
    is_scrollable: scroll ? 1 : 0,
    creation_time: isoMicros(declaredAt),
  })),
);
