// The options of COPY, checked in PostgreSQL's order and words.
import type { CopyStmt, DefElem, Node } from "libpg-query";
import { textOf } from "../../check/type-name.ts";
import { fail, unsupported } from "../../errors.ts";

export type CopyFormat = "text" | "csv" | "binary";

export interface CopyOptions {
  readonly format: CopyFormat;
  readonly delimiter: string;
  readonly nullText: string;
  readonly header: "no" | "yes" | "match";
  readonly quote: string;
  readonly escaping: string;
  /** Names of columns, or all of them. */
  readonly forceQuote: readonly string[] | "all";
  readonly forceNotNull: readonly string[];
  readonly forceNull: readonly string[];
}

const ENCODINGS = /^(utf-?8|unicode)$/i;
/** Encodings PostgreSQL knows and ChronDB does not convert from. */
const OTHER_ENCODINGS =
  /^(latin[-_ ]?\d+|iso[-_ ]?8859[-_ ]?\d+|win[-_ ]?\d+|windows[-_ ]?\d+|sql_ascii|euc_\w+|koi8\w*|sjis|big5|gbk|gb18030|johab|uhc)$/i;
const IN_TEXT = "\\.abcdefghijklmnopqrstuvwxyz0123456789";
const CONFLICT = "conflicting or redundant options";

/** The text of an option's value; null when it has none. */
function textValue({ arg }: DefElem): string | null {
  if (arg === undefined) return null;
  if ("String" in arg) return arg.String.sval ?? "";
  if ("Boolean" in arg) return arg.Boolean.boolval === true ? "true" : "false";
  if ("Integer" in arg) return String(arg.Integer.ival ?? 0);
  if ("Float" in arg) return arg.Float.fval ?? "";
  return null;
}

function needed(option: DefElem): string {
  return textValue(option) ?? fail("42601", `${option.defname ?? ""} requires a parameter`);
}

function isTrue(option: DefElem): boolean | null {
  const value = textValue(option);
  if (value === null || /^(true|on|1)$/i.test(value)) return true;
  return /^(false|off|0)$/i.test(value) ? false : null;
}

function namesOf(option: DefElem): readonly string[] | "all" {
  const { arg } = option;
  if (arg !== undefined && "A_Star" in arg && option.defname === "force_quote") return "all";
  if (arg !== undefined && "List" in arg) return (arg.List.items ?? []).map((item: Node) => textOf(item));
  return fail("22023", `argument to option "${option.defname ?? ""}" must be a list of column names`, { at: option.location });
}

class Given {
  format: CopyFormat = "text";
  readonly values = new Map<string, string>();
  readonly lists = new Map<string, readonly string[] | "all">();
  header: CopyOptions["header"] = "no";
  readonly #seen = new Set<string>();

  take(option: DefElem, isFrom: boolean): void {
    const name = option.defname ?? "";
    const at = option.location;
    if (this.#seen.has(name)) fail("42601", CONFLICT, { at });
    switch (name) {
      case "format": {
        const format = needed(option);
        if (format !== "text" && format !== "csv" && format !== "binary")
          return fail("22023", `COPY format "${format}" not recognized`, { at });
        this.format = format;
        break;
      }
      case "freeze":
        if (isTrue(option) ?? fail("42601", "freeze requires a Boolean value")) unsupported("COPY FREEZE", at);
        break;
      case "delimiter":
      case "null":
      case "quote":
      case "escape":
        this.values.set(name, needed(option));
        break;
      case "header":
        this.header = headerOf(option, isFrom);
        break;
      case "force_quote":
      case "force_not_null":
      case "force_null":
        this.lists.set(name, namesOf(option));
        break;
      case "encoding": {
        const encoding = needed(option);
        if (!ENCODINGS.test(encoding)) {
          if (OTHER_ENCODINGS.test(encoding)) unsupported(`COPY in the encoding ${encoding}`, at);
          fail("22023", 'argument to option "encoding" must be a valid encoding name', { at });
        }
        break;
      }
      default:
        fail("42601", `option "${name}" not recognized`, { at });
    }
    this.#seen.add(name);
  }
}

function headerOf(option: DefElem, isFrom: boolean): CopyOptions["header"] {
  if (textValue(option)?.toLowerCase() === "match") {
    if (!isFrom) fail("0A000", 'cannot use "match" with HEADER in COPY TO');
    return "match";
  }
  const wanted = isTrue(option);
  if (wanted === null) return fail("42601", 'header requires a Boolean value or "match"');
  return wanted ? "yes" : "no";
}

export function readCopyOptions(statement: CopyStmt): CopyOptions {
  const given = new Given();
  const isFrom = statement.is_from ?? false;
  for (const option of statement.options ?? []) if ("DefElem" in option) given.take(option.DefElem, isFrom);
  const { format, header, values, lists } = given;
  const isCsv = format === "csv";
  if (format === "binary") {
    if (values.has("delimiter")) fail("42601", "cannot specify DELIMITER in BINARY mode");
    if (values.has("null")) fail("42601", "cannot specify NULL in BINARY mode");
  }
  const options: CopyOptions = {
    format,
    header,
    delimiter: values.get("delimiter") ?? (isCsv ? "," : "\t"),
    nullText: values.get("null") ?? (isCsv ? "" : "\\N"),
    quote: values.get("quote") ?? '"',
    escaping: values.get("escape") ?? values.get("quote") ?? '"',
    forceQuote: lists.get("force_quote") ?? [],
    forceNotNull: named(lists.get("force_not_null")),
    forceNull: named(lists.get("force_null")),
  };
  check(options, values, lists, isFrom);
  return options;
}

const named = (list: readonly string[] | "all" | undefined): readonly string[] =>
  list === undefined || list === "all" ? [] : list;
const isOneByte = (text: string): boolean => Buffer.byteLength(text) === 1;

function check(
  { format, header, delimiter, nullText, quote, escaping }: CopyOptions,
  values: ReadonlyMap<string, string>,
  lists: ReadonlyMap<string, unknown>,
  isFrom: boolean,
): void {
  const isCsv = format === "csv";
  if (!isOneByte(delimiter)) fail("0A000", "COPY delimiter must be a single one-byte character");
  if (/[\r\n]/.test(delimiter)) fail("22023", "COPY delimiter cannot be newline or carriage return");
  if (/[\r\n]/.test(nullText)) fail("22023", "COPY null representation cannot use newline or carriage return");
  if (!isCsv && IN_TEXT.includes(delimiter)) fail("22023", `COPY delimiter cannot be "${delimiter}"`);
  if (header !== "no" && format === "binary") fail("0A000", "cannot specify HEADER in BINARY mode");
  if (!isCsv && values.has("quote")) fail("0A000", "COPY quote available only in CSV mode");
  if (isCsv && !isOneByte(quote)) fail("0A000", "COPY quote must be a single one-byte character");
  if (isCsv && delimiter === quote) fail("22023", "COPY delimiter and quote must be different");
  if (!isCsv && values.has("escape")) fail("0A000", "COPY escape available only in CSV mode");
  if (isCsv && !isOneByte(escaping)) fail("0A000", "COPY escape must be a single one-byte character");
  const force = (name: string, words: string, onlyFrom: boolean): void => {
    if (!lists.has(name)) return;
    if (!isCsv) fail("0A000", `COPY ${words} available only in CSV mode`);
    if (onlyFrom !== isFrom) fail("0A000", `COPY ${words} only available using COPY ${onlyFrom ? "FROM" : "TO"}`);
  };
  force("force_quote", "force quote", false);
  force("force_not_null", "force not null", true);
  force("force_null", "force null", true);
  if (format !== "binary" && nullText.includes(delimiter))
    fail("0A000", "COPY delimiter must not appear in the NULL specification");
  if (isCsv && nullText.includes(quote)) fail("0A000", "CSV quote character must not appear in the NULL specification");
}

/** What is copied: from or to a relation, or out of a query. */
export interface Copied {
  /** Null for a query. */
  readonly relation: string | null;
  /** All columns it has; those copied, in order. */
  readonly all: readonly string[];
  readonly columns: readonly string[];
}

/** The columns a FORCE_ option names, as places among the copied ones. Throws 42703, 42P10. */
export function forced(option: string, names: readonly string[] | "all", copied: Copied): ReadonlySet<number> {
  if (names === "all") return new Set(copied.columns.keys());
  return new Set(
    names.map((name) => {
      if (!copied.all.includes(name)) {
        const of = copied.relation === null ? "" : ` of relation "${copied.relation}"`;
        fail("42703", `column "${name}"${of} does not exist`);
      }
      const at = copied.columns.indexOf(name);
      return at < 0 ? fail("42P10", `${option} column "${name}" not referenced by COPY`) : at;
    }),
  );
}
