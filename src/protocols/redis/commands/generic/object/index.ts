import type { Container } from "../../../command.ts";
import { objectEncoding } from "./encoding.ts";
import { objectFreq } from "./freq.ts";
import { objectIdletime } from "./idletime.ts";
import { objectRefcount } from "./refcount.ts";

export const object: Container = {
  kind: "container",
  name: "object",
  summary: "Tells how a value is kept",
  since: "2.2.3",
  group: "generic",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [objectEncoding, objectFreq, objectIdletime, objectRefcount],
};
