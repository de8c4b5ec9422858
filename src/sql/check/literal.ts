// Constants as the grammar gives them.
import type { A_Const } from "libpg-query";
import { unsupported } from "../errors.ts";
import { OID } from "../types/index.ts";
import type { Constant } from "./tree.ts";

export function constant(type: number, value: Constant["value"], at: number): Constant {
  return { kind: "constant", type, typmod: -1, value, at };
}

export function checkConstant(node: A_Const): Constant {
  const at = node.location ?? 0;
  if (node.isnull) return constant(OID.unknown, null, at);
  if (node.ival !== undefined) return constant(OID.int4, node.ival.ival ?? 0, at);
  if (node.boolval !== undefined) return constant(OID.bool, node.boolval.boolval ? 1 : 0, at);
  if (node.sval !== undefined) return constant(OID.unknown, node.sval.sval ?? "", at);
  if (node.fval !== undefined) return number(node.fval.fval ?? "0", at);
  return unsupported("a bit string", at);
}

/** Digits without a point that fit bigint are one; anything else is numeric. */
export function number(text: string, at: number): Constant {
  const plain = text.replace(/_/g, "");
  if (/^[+-]?\d+$/.test(plain)) {
    const value = BigInt(plain);
    if (BigInt.asIntN(64, value) === value) {
      return constant(OID.int8, Number.isSafeInteger(Number(value)) ? Number(value) : value, at);
    }
  }
  return constant(OID.numeric, plain.startsWith(".") ? `0${plain}` : plain.replace(/\.$/, ""), at);
}
