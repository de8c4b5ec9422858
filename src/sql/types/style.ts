// The session's settings that change how values are read and printed, and its idea of now.
export interface Style {
  readonly timeZone: string;
  readonly byteaEscape: boolean;
  /** Microseconds since 1970: the transaction's start, for 'now' and 'today'. */
  readonly now: number;
}

export const PLAIN_STYLE: Style = { timeZone: "UTC", byteaEscape: false, now: 0 };
