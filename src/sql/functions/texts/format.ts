// format(), quote_ident and quote_literal.
import { fail } from "../../errors.ts";
import { isReserved } from "../../parse/keywords.ts";

export function quoteIdent(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) && !isReserved(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function quoteLiteral(value: string): string {
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}`.trimStart() : quoted;
}

/** %s, %I, %L, %%, with position (`%2$s`), minus flag and width. */
export function formatText(pattern: string, values: readonly (string | null)[]): string {
  let next = 0;
  return pattern.replace(
    /%(?:(\d+)\$)?(-?)(\d*)([sIL%]|.|$)/gs,
    (_, position: string | undefined, flag: string, width: string, kind: string) => {
      if (kind === "%") return "%";
      if (kind === "") return fail("22023", "unterminated format() type specifier", { hint: 'For a single "%" use "%%".' });
      if (!"sIL".includes(kind))
        return fail("22023", `unrecognized format() type specifier "${kind}"`, { hint: 'For a single "%" use "%%".' });
      if (position !== undefined) next = Number(position) - 1;
      if (next >= values.length || next < 0) return fail("22023", "too few arguments for format()");
      const value = values[next++] ?? null;
      if (kind === "I" && value === null) return fail("22004", "null values cannot be formatted as an SQL identifier");
      const text =
        kind === "s" ? (value ?? "") : kind === "I" ? quoteIdent(value ?? "") : value === null ? "NULL" : quoteLiteral(value);
      const size = Number(width || 0);
      return flag === "-" ? text.padEnd(size) : text.padStart(size);
    },
  );
}
