// uuid: lower-case text.
import { badInput, defineType, wrongLength } from "./define.ts";
import { OID } from "./oids.ts";

const dashed = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

function read(text: string): string {
  const bare = text.startsWith("{") && text.endsWith("}") ? text.slice(1, -1) : text;
  if (!/^[0-9a-fA-F]{4}(-?[0-9a-fA-F]{4}){7}$/.test(bare)) return badInput("uuid", text);
  return dashed(bare.replace(/-/g, "").toLowerCase());
}

export const uuid = defineType({
  oid: OID.uuid,
  arrayOid: 2951,
  name: "uuid",
  length: 16,
  category: "U",
  storage: "text",
  input: read,
  output: String,
  decode: (bytes) => (bytes.length === 16 ? dashed(bytes.toString("hex")) : wrongLength("uuid")),
  encode: (text) => Buffer.from(text.replace(/-/g, ""), "hex"),
});
