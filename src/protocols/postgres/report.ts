// Anything thrown, as the fields of an ErrorResponse; notices likewise.
import { ChronError, limitOf } from "../../base/errors.ts";
import { SqlError, type SqlErrorFields, type SqlNotice } from "../../sql/contract.ts";
import { ProtocolError, type ReportFields } from "./wire/index.ts";

/** What a client is told of an error, and whether it is a fault of ours that belongs in the log. */
export interface Told {
  readonly fields: SqlErrorFields;
  readonly internal: boolean;
}

export function tellError(thrown: unknown): Told {
  if (thrown instanceof SqlError) return { fields: thrown.fields, internal: false };
  if (thrown instanceof ProtocolError) {
    const { sqlstate, message, limit } = thrown;
    return { fields: { sqlstate, message, ...(limit === null ? {} : { limit }) }, internal: false };
  }
  if (thrown instanceof ChronError) {
    const limit = limitOf(thrown);
    const fields = { sqlstate: thrown.kind.sqlstate, message: thrown.message, ...(limit === null ? {} : { limit }) };
    return { fields, internal: thrown.code === "INTERNAL" };
  }
  // Neither the text nor the stack of a bug goes to a client: it may hold values.
  return {
    fields: {
      sqlstate: "58000",
      message: "An internal error stopped this statement; the server's log has the details.",
    },
    internal: true,
  };
}

/** `shift`: characters that stand before the statement in the text the client sent. */
export function errorReport(fields: SqlErrorFields, severity: "ERROR" | "FATAL", shift = 0): ReportFields {
  const report: [string, string][] = [
    ["S", severity],
    ["V", severity],
    ["C", fields.sqlstate],
    ["M", fields.message],
  ];
  if (fields.detail !== undefined) report.push(["D", fields.detail]);
  if (fields.hint !== undefined) report.push(["H", fields.hint]);
  if (fields.position !== undefined) report.push(["P", String(fields.position + shift)]);
  if (fields.context !== undefined) report.push(["W", fields.context]);
  if (fields.schema !== undefined) report.push(["s", fields.schema]);
  if (fields.table !== undefined) report.push(["t", fields.table]);
  if (fields.column !== undefined) report.push(["c", fields.column]);
  if (fields.dataType !== undefined) report.push(["d", fields.dataType]);
  if (fields.constraint !== undefined) report.push(["n", fields.constraint]);
  return report;
}

export function noticeReport(notice: SqlNotice): ReportFields {
  return [
    ["S", notice.severity],
    ["V", notice.severity],
    ["C", notice.sqlstate],
    ["M", notice.message],
  ];
}
