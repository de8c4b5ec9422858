import type { ReadCommand } from "../../command.ts";
import { integer } from "../../reply.ts";

export const dbsize: ReadCommand = {
  kind: "read",
  name: "dbsize",
  summary: "Answers how many keys there are",
  since: "1.0.0",
  group: "server",
  complexity: "O(1)",
  arity: 1,
  flags: ["readonly", "fast"],
  categories: ["@keyspace"],
  run: (view) => integer(view.count()),
};
