// Declarations as COMMAND, COMMAND INFO, COMMAND DOCS and COMMAND GETKEYS answer them. Everything is derived.
import type { Entry, Spec } from "./command.ts";
import { array, bulk, integer, map, type Reply, simple } from "./reply.ts";

const CATEGORY_OF_GROUP: Readonly<Record<Spec["group"], readonly string[]>> = {
  connection: ["@connection"],
  server: [],
  generic: ["@keyspace"],
  string: ["@string"],
  hash: ["@hash"],
  transactions: ["@transaction"],
  scripting: ["@scripting"],
  chrondb: ["@keyspace"],
};

/** The permission categories of a command, as ACL CAT names them. */
export function categoriesOf(entry: Entry): string[] {
  const categories = new Set(entry.kind === "container" ? [] : CATEGORY_OF_GROUP[entry.group]);
  if (entry.flags.includes("write")) categories.add("@write");
  if (entry.flags.includes("readonly")) categories.add("@read");
  if (entry.flags.includes("admin")) categories.add("@admin").add("@dangerous");
  for (const category of entry.categories ?? []) categories.add(category);
  categories.add(entry.flags.includes("fast") ? "@fast" : "@slow");
  return [...categories];
}

/** One command's line of COMMAND and COMMAND INFO. */
export function infoOf(entry: Entry, prefix = ""): Reply {
  const { keys } = entry;
  const name = `${prefix}${entry.name}`;
  return array([
    bulk(name),
    integer(entry.arity),
    { type: "set", items: entry.flags.map(simple) },
    integer(keys?.first ?? 0),
    integer(keys?.last ?? 0),
    integer(keys?.step ?? 0),
    { type: "set", items: categoriesOf(entry).map(simple) },
    array([]),
    array(keys === undefined ? [] : [keySpec(entry)]),
    array(entry.kind === "container" ? entry.subcommands.map((sub) => infoOf(sub, `${name}|`)) : []),
  ]);
}

function keySpec({ keys }: Spec): Reply {
  const first = keys?.first ?? 0;
  const last = keys?.last ?? 0;
  return map([
    bulk("flags"),
    { type: "set", items: (keys?.access ?? []).map(simple) },
    bulk("begin_search"),
    map([bulk("type"), bulk("index"), bulk("spec"), map([bulk("index"), integer(first)])]),
    bulk("find_keys"),
    map([
      bulk("type"),
      bulk("range"),
      bulk("spec"),
      map([
        bulk("lastkey"),
        integer(last < 0 ? last : last - first),
        bulk("keystep"),
        integer(keys?.step ?? 0),
        bulk("limit"),
        integer(0),
      ]),
    ]),
  ]);
}

/** One command's entry of COMMAND DOCS: its name and its facts. */
export function docsOf(entry: Entry, prefix = ""): Reply[] {
  const name = `${prefix}${entry.name}`;
  const facts: Reply[] = [];
  for (const [key, value] of [
    ["summary", entry.summary],
    ["since", entry.since],
    ["group", entry.group],
    ["complexity", entry.complexity],
  ] as const) {
    facts.push(bulk(key), bulk(value));
  }
  if (entry.kind === "container") {
    facts.push(bulk("subcommands"), map(entry.subcommands.flatMap((sub) => docsOf(sub, `${name}|`))));
  }
  return [bulk(name), map(facts)];
}

/** The keys among the arguments of a command (without its name and its subcommand's). */
export function keysAmong(spec: Spec, name: string, args: readonly Buffer[]): Buffer[] {
  if (spec.keys === undefined) return [];
  const words = name.includes("|") ? 2 : 1;
  const first = spec.keys.first - words;
  const last = spec.keys.last < 0 ? args.length + spec.keys.last : spec.keys.last - words;
  const keys: Buffer[] = [];
  for (let index = first; index <= last; index += spec.keys.step) {
    const key = args[index];
    if (key !== undefined) keys.push(key);
  }
  return keys;
}
