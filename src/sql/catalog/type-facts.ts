// What pg_type says of a type beyond what types/ needs to run it.
import { findType } from "../types/index.ts";
import { TYPE_FACTS } from "./facts/types.ts";

export interface TypeFacts {
  readonly oid: number;
  readonly name: string;
  readonly length: number;
  readonly byValue: boolean;
  readonly kind: string;
  readonly category: string;
  readonly preferred: boolean;
  readonly delimiter: string;
  readonly subscript: number;
  readonly element: number;
  readonly array: number;
  readonly input: number;
  readonly output: number;
  readonly receive: number;
  readonly send: number;
  readonly modifierIn: number;
  readonly modifierOut: number;
  readonly analyze: number;
  readonly align: string;
  readonly storage: string;
  readonly collation: number;
}

function parse(line: string): TypeFacts {
  const words = line.split(" ");
  const text = (at: number): string => words[at] ?? "";
  const number = (at: number): number => Number(words[at]);
  return {
    oid: number(0),
    name: text(1),
    length: number(2),
    byValue: text(3) === "t",
    kind: text(4),
    category: text(5),
    preferred: text(6) === "t",
    delimiter: text(7),
    subscript: number(8),
    element: number(9),
    array: number(10),
    input: number(11),
    output: number(12),
    receive: number(13),
    send: number(14),
    modifierIn: number(15),
    modifierOut: number(16),
    analyze: number(17),
    align: text(18),
    storage: text(19),
    collation: number(20),
  };
}

/** The types this server knows, by OID. */
export const TYPES_BY_OID: ReadonlyMap<number, TypeFacts> = new Map(
  TYPE_FACTS.trim()
    .split("\n")
    .map(parse)
    .filter((type) => findType(type.oid) !== undefined)
    .map((type) => [type.oid, type]),
);
