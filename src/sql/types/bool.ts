// boolean: 0 and 1 inside SQLite, true and false in documents.
import { badInput, defineType, wrongLength } from "./define.ts";
import { OID } from "./oids.ts";

const TRUE = new Set(["t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"]);
const FALSE = new Set(["f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"]);

export const bool = defineType({
  oid: OID.bool,
  arrayOid: 1000,
  name: "bool",
  display: "boolean",
  length: 1,
  category: "B",
  preferred: true,
  storage: "integer",
  input: (text) => {
    const word = text.trim().toLowerCase();
    return TRUE.has(word) ? 1 : FALSE.has(word) ? 0 : badInput("boolean", text);
  },
  output: (raw) => (raw ? "t" : "f"),
  decode: (bytes) => (bytes.length === 1 ? (bytes[0] === 0 ? "f" : "t") : wrongLength("boolean")),
  encode: (text) => Buffer.from([text === "t" ? 1 : 0]),
  toJson: (raw) => (raw ? "true" : "false"),
});
