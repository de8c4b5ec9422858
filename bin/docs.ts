// Writes docs/reference/*.md and config/default.yaml from the tables in the code: `npm run docs`.
// test/tidy/docs.test.ts compares, so a row without its line in the documents fails the tests.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { ERROR_KINDS } from "../src/base/errors.ts";
import { createProgram } from "../src/cli/program.ts";
import { clientEnvironment } from "../src/config/client.ts";
import { defaultConfigText } from "../src/config/default-file.ts";
import { KINDS } from "../src/config/kinds.ts";
import { SETTINGS, UNBUILT } from "../src/config/table.ts";
import { registerMetrics } from "../src/observability/metrics.ts";
import type { Entry } from "../src/protocols/redis/command.ts";
import { ENTRIES } from "../src/protocols/redis/commands/index.ts";
import { REFUSED } from "../src/protocols/redis/commands/refused.ts";
import type { SqlFunction } from "../src/sql/functions/define.ts";
import { FUNCTIONS } from "../src/sql/functions/index.ts";
import { showType } from "../src/sql/types/index.ts";

const GENERATED = "<!-- Made by `npm run docs` from the tables in src/; change those. -->\n";

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(...head), `|${head.map(() => "---").join("|")}|`, ...rows.map((cells) => row(...cells))].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

function settings(): string {
  const shown = (value: unknown): string => (value === null ? "" : code(Array.isArray(value) ? value.join(",") : String(value)));
  const rows = SETTINGS.map((setting) => [
    code(setting.path),
    `${code(setting.env)}${setting.secret === true ? `, ${code(`${setting.env}_FILE`)}` : ""}`,
    setting.flag === undefined ? "" : code(setting.flag),
    shown(setting.default),
    `${setting.doc} ${sentence(KINDS[setting.kind].expects)}`,
  ]);
  const unbuilt = UNBUILT.map((setting) => [code(setting.path), code(setting.env), setting.comesWith]);
  return `# Settings
${GENERATED}
A YAML file (\`--config\`, \`CHRONDB_CONFIG\`, or \`config/default.yaml\`), then the environment, then flags; later ones win.
\`CHRONDB_HOST\` sets the host of every door. A variable that ends in \`_FILE\` names a file that holds the value.
What is wrong is refused at start, naming the setting, where its value came from, and what it must be.

${table(["Setting", "Environment", "Flag", "Default", "Meaning"], rows)}

## Not yet supported

These are refused by name until what they belong to exists; \`false\`, empty and \`null\` are accepted.

${table(["Setting", "Environment", "Comes with"], unbuilt)}
`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function errors(): string {
  const rows = Object.entries(ERROR_KINDS).map(([name, kind]) => [
    code(name),
    String(kind.status),
    code(kind.sqlstate),
    code(kind.redis),
  ]);
  return `# Errors
${GENERATED}
Each refusal has one code. REST answers its HTTP status with \`{"error": sentence, "code": code, "request_id": …}\`; PostgreSQL
answers its SQLSTATE; Redis begins its error line with the word given here. The SQL room adds PostgreSQL's own SQLSTATEs for
errors of statements.

${table(["Code", "HTTP", "SQLSTATE", "Redis"], rows)}
`;
}

async function metrics(): Promise<string> {
  const { registry } = registerMetrics();
  const all = await registry.getMetricsAsJSON();
  const rows = all
    .filter(({ name }) => name.startsWith("chrondb_"))
    .map(({ name, type, help }) => [code(name), String(type), help])
    .sort(([one = ""], [other = ""]) => (one < other ? -1 : 1));
  return `# Metrics
${GENERATED}
\`GET /metrics\` on the REST door, in Prometheus's text format. Besides these there are prom-client's own metrics of the process
(\`process_*\`, \`nodejs_*\`). Durations are in seconds. The label \`door\` is \`rest\`, \`redis\`, \`postgresql\` or \`other\`.

${table(["Metric", "Type", "Meaning"], rows)}
`;
}

function redisCommands(): string {
  const named = (entry: Entry, container?: string): string[][] => {
    const name = container === undefined ? entry.name : `${container} ${entry.name}`;
    if (entry.kind === "container") return entry.subcommands.flatMap((sub) => named(sub, entry.name));
    return [[code(name.toUpperCase()), entry.group, entry.flags.includes("write") ? "write" : "", entry.summary]];
  };
  const refused = [...REFUSED].map(([name, why]) => [code(name.replace("|", " ").toUpperCase()), why]);
  return `# Redis commands
${GENERATED}
RESP2 and RESP3, keyspace 0. \`COMMAND DOCS\` on the server says more of each. Each write is one transaction and one commit;
MULTI and EXEC make one of several.

${table(
  ["Command", "Group", "", "What it does"],
  ENTRIES.flatMap((entry) => named(entry)),
)}

## Refused

${table(["Command", "Why"], refused)}
`;
}

function sqlFunctions(): string {
  const signature = ({ name, args, variadic, optional = 0 }: SqlFunction): string => {
    const types = args.map((type, at) => {
      const repeated = variadic === true && at === args.length - 1 ? "VARIADIC " : "";
      const shown = `${repeated}${showType(type)}`;
      return at >= args.length - optional ? `[${shown}]` : shown;
    });
    return code(`${name}(${types.join(", ")})`);
  };
  const rows = FUNCTIONS.map((one) => [signature(one), code(showType(one.returns)), one.kind])
    .filter((cells, at, all) => at === all.findIndex((other) => other.join() === cells.join()))
    .sort(([one = ""], [other = ""]) => (one < other ? -1 : 1));
  return `# SQL functions
${GENERATED}
Arguments in brackets may be left out. Operators follow PostgreSQL's types.

${table(["Function", "Result", "Kind"], rows)}
`;
}

function commandLine(): string {
  const unused = () => {
    throw new Error("only the help texts are used here");
  };
  const program = createProgram({
    version: "",
    runServer: unused,
    offline: { dumpLog: unused, verify: unused, rebuild: unused, gitPath: unused },
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: clientEnvironment({}),
  });
  const parts = [helpOf(program, "chrondb")];
  for (const verb of program.commands) {
    parts.push(helpOf(verb, `chrondb ${verb.name()}`));
    for (const child of verb.commands) parts.push(helpOf(child, `chrondb ${verb.name()} ${child.name()}`));
  }
  return `# The command line\n${GENERATED}\n${parts.join("\n")}`;
}

function helpOf(command: Command, name: string): string {
  let text = "";
  command.configureOutput({ writeOut: (more) => (text += more), getOutHelpWidth: () => 110, getOutHasColors: () => false });
  command.outputHelp();
  return `## ${name}\n\n\`\`\`text\n${text.trim()}\n\`\`\`\n`;
}

/** Every generated file: path from the project's folder -> text. */
export async function documents(): Promise<Map<string, string>> {
  return new Map([
    ["config/default.yaml", defaultConfigText()],
    ["docs/reference/settings.md", settings()],
    ["docs/reference/errors.md", errors()],
    ["docs/reference/metrics.md", await metrics()],
    ["docs/reference/command-line.md", commandLine()],
    ["docs/reference/redis-commands.md", redisCommands()],
    ["docs/reference/sql-functions.md", sqlFunctions()],
  ]);
}

if (import.meta.main) {
  for (const [path, text] of await documents()) {
    const file = join(import.meta.dirname, "..", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`${path}\n`);
  }
}
