// The session's settings that change how values are read and printed, and its idea of now.
export type DateFormat = "ISO" | "SQL" | "Postgres" | "German";
export type DateOrder = "MDY" | "DMY" | "YMD";
export type IntervalFormat = "postgres" | "postgres_verbose" | "sql_standard" | "iso_8601";

export interface Style {
  readonly timeZone: string;
  readonly byteaEscape: boolean;
  readonly dateFormat: DateFormat;
  readonly dateOrder: DateOrder;
  readonly intervalFormat: IntervalFormat;
  /** extra_float_digits: above 0, floats are shown exactly. */
  readonly floatDigits: number;
  /** Microseconds since 1970: the transaction's start, for 'now' and 'today'. */
  readonly now: number;
}

export const PLAIN_STYLE: Style = {
  timeZone: "UTC",
  byteaEscape: false,
  dateFormat: "ISO",
  dateOrder: "MDY",
  intervalFormat: "postgres",
  floatDigits: 1,
  now: 0,
};

/** The same session with dates, intervals and floats as they are stored: for ids and documents, which no setting may change. */
export function storedStyle(style: Style): Style {
  if (style.dateFormat === "ISO" && style.intervalFormat === "postgres" && style.floatDigits > 0) return style;
  return { ...style, dateFormat: "ISO", dateOrder: "MDY", intervalFormat: "postgres", floatDigits: 1 };
}

/** Whether two styles print alike; only reading looks at the time. */
export function sameStyle(a: Style, b: Style): boolean {
  return (
    a.timeZone === b.timeZone &&
    a.byteaEscape === b.byteaEscape &&
    a.dateFormat === b.dateFormat &&
    a.dateOrder === b.dateOrder &&
    a.intervalFormat === b.intervalFormat &&
    a.floatDigits === b.floatDigits
  );
}

/** What the settings DateStyle (`Postgres, DMY`) and IntervalStyle say. */
export function readStyles(dateStyle: string, intervalStyle: string): Pick<Style, "dateFormat" | "dateOrder" | "intervalFormat"> {
  const [format = "ISO", order = "MDY"] = dateStyle.split(/,\s*/);
  return {
    dateFormat: (["ISO", "SQL", "Postgres", "German"] as const).find((one) => one === format) ?? "ISO",
    dateOrder: (["MDY", "DMY", "YMD"] as const).find((one) => one === order) ?? "MDY",
    intervalFormat:
      (["postgres", "postgres_verbose", "sql_standard", "iso_8601"] as const).find((one) => one === intervalStyle) ?? "postgres",
  };
}
