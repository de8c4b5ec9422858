// The functions that other catalogues refer to by OID.
import { PROC_FACTS } from "./facts/procs.ts";

export interface Proc {
  readonly oid: number;
  readonly name: string;
  readonly returns: number;
  readonly volatility: string;
  readonly strict: boolean;
  readonly returnsSet: boolean;
  readonly kind: string;
  readonly args: readonly number[];
}

export const PROCS: readonly Proc[] = PROC_FACTS.trim()
  .split("\n")
  .map((line) => {
    const [oid, name = "", returns, volatility = "", strict, returnsSet, kind = "", args = "-"] = line.split(" ");
    return {
      oid: Number(oid),
      name,
      returns: Number(returns),
      volatility,
      strict: strict === "t",
      returnsSet: returnsSet === "t",
      kind,
      args: args === "-" ? [] : args.split(",").map(Number),
    };
  });
