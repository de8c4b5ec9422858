// Numbers and names of character encodings. The server's is always UTF8.
import { OID } from "../../types/index.ts";
import { defineFunction, type SqlFunction } from "../define.ts";

/** In the order of their numbers. */
const ENCODINGS = [
  "SQL_ASCII",
  "EUC_JP",
  "EUC_CN",
  "EUC_KR",
  "EUC_TW",
  "EUC_JIS_2004",
  "UTF8",
  "MULE_INTERNAL",
  "LATIN1",
  "LATIN2",
  "LATIN3",
  "LATIN4",
  "LATIN5",
  "LATIN6",
  "LATIN7",
  "LATIN8",
  "LATIN9",
  "LATIN10",
  "WIN1256",
  "WIN1258",
  "WIN866",
  "WIN874",
  "KOI8R",
  "WIN1251",
  "WIN1252",
  "ISO_8859_5",
  "ISO_8859_6",
  "ISO_8859_7",
  "ISO_8859_8",
  "WIN1250",
  "WIN1253",
  "WIN1254",
  "WIN1255",
  "WIN1257",
  "KOI8U",
  "SJIS",
  "BIG5",
  "GBK",
  "UHC",
  "GB18030",
  "JOHAB",
  "SHIFT_JIS_2004",
] as const;

const plain = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, "");
const NUMBERS = new Map<string, number>(ENCODINGS.map((name, number) => [plain(name), number]));
const shared = { volatility: "stable", kind: "scalar" } as const;

export const encodings: readonly SqlFunction[] = [
  defineFunction({
    ...shared,
    name: "pg_encoding_to_char",
    args: [OID.int4],
    returns: OID.name,
    js: (number) => ENCODINGS[Number(number)] ?? "",
  }),
  defineFunction({
    ...shared,
    name: "pg_char_to_encoding",
    args: [OID.name],
    returns: OID.int4,
    js: (name) => NUMBERS.get(plain(String(name))) ?? -1,
  }),
  defineFunction({ ...shared, name: "getdatabaseencoding", args: [], returns: OID.name, js: () => "UTF8" }),
];
