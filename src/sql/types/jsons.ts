// json (text as written) and jsonb (canonical when printed or compared). In a document both are the nested value itself; a JSON
// null there reads as SQL NULL, because a member that is null and one that is absent are the same to a column.
import { defineType } from "./define.ts";
import { printPath, readPath } from "./json-path.ts";
import { printCompact, printJsonb, readJson } from "./json-tree.ts";
import { OID } from "./oids.ts";

const nested = (body: string, path: string): string => `nullif(${body} -> ${path}, 'null')`;

export const json = defineType({
  oid: OID.json,
  arrayOid: 199,
  name: "json",
  length: -1,
  category: "U",
  storage: "text",
  comparable: false,
  input: (text) => {
    readJson(text);
    return text;
  },
  output: String,
  member: nested,
  toJson: (raw) => printCompact(readJson(String(raw))),
  fromJson: (value) => value,
});

export const jsonb = defineType({
  oid: OID.jsonb,
  arrayOid: 3807,
  name: "jsonb",
  length: -1,
  category: "U",
  storage: "text",
  input: (text) => printJsonb(readJson(text)),
  output: (raw) => printJsonb(readJson(String(raw))),
  decode: (bytes) => bytes.toString("utf8", 1),
  encode: (text) => Buffer.concat([Buffer.from([1]), Buffer.from(text, "utf8")]),
  key: (sql) => `jsonb_key(${sql})`,
  member: nested,
  toJson: (raw) => printCompact(readJson(String(raw))),
  fromJson: (value) => value,
});

export const jsonpath = defineType({
  oid: OID.jsonpath,
  arrayOid: 4073,
  name: "jsonpath",
  length: -1,
  category: "U",
  storage: "text",
  comparable: false,
  input: (text) => printPath(readPath(text)),
  output: String,
  decode: (bytes) => bytes.toString("utf8", 1),
  encode: (text) => Buffer.concat([Buffer.from([1]), Buffer.from(text, "utf8")]),
});
