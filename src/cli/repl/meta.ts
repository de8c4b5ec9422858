// The prompt's own commands, which begin with a backslash. One row each; a row tells what it does or which statement it stands for.

export interface Prompt {
  /** Runs a statement of the prompt's own and prints it under a title. */
  show(sql: string, params: readonly string[], title?: string): Promise<number>;
  /** Runs statements as if they were typed. */
  type(text: string): Promise<void>;
  say(text: string): void;
  readFile(path: string): string;
  readonly buffer: string;
  clearBuffer(): void;
  runBuffer(): Promise<void>;
  connect(tenant: string): Promise<void>;
  describeConnection(): string;
  quit(): void;
  isTiming: boolean;
  format: "table" | "expanded" | "csv" | "json";
}

interface MetaCommand {
  readonly name: string;
  readonly argument: string;
  readonly help: string;
  run(prompt: Prompt, argument: string): Promise<void> | void;
}

const TABLES = `SELECT table_schema AS "Schema", table_name AS "Name", table_type AS "Type" FROM information_schema.tables
WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`;
const COLUMNS = `SELECT a.attname AS "Column", format_type(a.atttypid, a.atttypmod) AS "Type",
CASE WHEN a.attnotnull THEN 'not null' ELSE '' END AS "Nullable", coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS "Default"
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relname = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;
const INDEXES = `SELECT indexname AS "Index", indexdef AS "Definition" FROM pg_indexes WHERE tablename = $1 ORDER BY 1`;
const ALL_INDEXES = `SELECT tablename AS "Table", indexname AS "Name", indexdef AS "Definition" FROM pg_indexes
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`;
const SCHEMAS = `SELECT nspname AS "Name" FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1`;
const DATABASES = `SELECT datname AS "Name" FROM pg_database ORDER BY 1`;
const ROLES = `SELECT rolname AS "Role name", rolsuper AS "Superuser" FROM pg_roles ORDER BY 1`;

/** `"a b"` as the name it means; unquoted ones are folded to lower case. */
function nameOf(argument: string): string {
  const last = argument.replace(/^.*\.(?=[^"]*$|"[^"]*"$)/, "");
  return last.startsWith('"') ? last.slice(1).replace(/"$/, "").replaceAll('""', '"') : last.toLowerCase();
}

async function describeTable(prompt: Prompt, argument: string): Promise<void> {
  const name = nameOf(argument);
  const columns = await prompt.show(COLUMNS, [name], `Table "${name}"`);
  if (columns === 0) prompt.say(`Did not find any table named "${name}".`);
  else await prompt.show(INDEXES, [name], "Indexes");
}

function list(sql: string): MetaCommand["run"] {
  return async (prompt) => void (await prompt.show(sql, []));
}

/** on, off, or the other one. */
function toggled(argument: string, now: boolean): boolean {
  return argument === "on" ? true : argument === "off" ? false : !now;
}

function formatCommand(name: string, format: Prompt["format"], help: string): MetaCommand {
  return {
    name,
    argument: "",
    help,
    run: (prompt) => {
      prompt.format = format;
      prompt.say(`Output format is ${format}.`);
    },
  };
}

export const META: readonly MetaCommand[] = [
  { name: "\\?", argument: "", help: "this help", run: (prompt) => prompt.say(helpText()) },
  { name: "\\q", argument: "", help: "quit (also Ctrl-D)", run: (prompt) => prompt.quit() },
  {
    name: "\\d",
    argument: "[TABLE]",
    help: "columns and indexes of a table; without one, the tables",
    run: (prompt, argument) => (argument === "" ? list(TABLES)(prompt, "") : describeTable(prompt, argument)),
  },
  { name: "\\dt", argument: "", help: "tables", run: list(TABLES) },
  { name: "\\di", argument: "", help: "indexes", run: list(ALL_INDEXES) },
  { name: "\\dn", argument: "", help: "schemas (branches)", run: list(SCHEMAS) },
  { name: "\\du", argument: "", help: "roles", run: list(ROLES) },
  { name: "\\l", argument: "", help: "databases (tenants)", run: list(DATABASES) },
  {
    name: "\\c",
    argument: "TENANT",
    help: "work on another tenant",
    run: (prompt, argument) => (argument === "" ? prompt.say(prompt.describeConnection()) : prompt.connect(argument)),
  },
  {
    name: "\\conninfo",
    argument: "",
    help: "what this prompt talks to",
    run: (prompt) => prompt.say(prompt.describeConnection()),
  },
  {
    name: "\\timing",
    argument: "[on|off]",
    help: "tell how long each statement takes",
    run: (prompt, argument) => {
      prompt.isTiming = toggled(argument, prompt.isTiming);
      prompt.say(`Timing is ${prompt.isTiming ? "on" : "off"}.`);
    },
  },
  {
    name: "\\x",
    argument: "[on|off]",
    help: "a line a column",
    run: (prompt, argument) => {
      prompt.format = toggled(argument, prompt.format === "expanded") ? "expanded" : "table";
      prompt.say(`Expanded display is ${prompt.format === "expanded" ? "on" : "off"}.`);
    },
  },
  formatCommand("\\table", "table", "print aligned tables"),
  formatCommand("\\csv", "csv", "print CSV"),
  formatCommand("\\json", "json", "print JSON"),
  {
    name: "\\i",
    argument: "FILE",
    help: "run the statements of a file",
    run: (prompt, argument) => prompt.type(prompt.readFile(argument)),
  },
  { name: "\\p", argument: "", help: "print the statement typed so far", run: (prompt) => prompt.say(prompt.buffer) },
  {
    name: "\\r",
    argument: "",
    help: "forget the statement typed so far (also Ctrl-C)",
    run: (prompt) => {
      prompt.clearBuffer();
      prompt.say("Forgotten.");
    },
  },
  { name: "\\g", argument: "", help: "run the statement typed so far", run: (prompt) => prompt.runBuffer() },
  { name: "\\echo", argument: "TEXT", help: "print a text", run: (prompt, argument) => prompt.say(argument) },
];

function helpText(): string {
  const left = META.map(({ name, argument }) => `${name} ${argument}`.trim());
  const wide = Math.max(...left.map(({ length }) => length));
  const rows = META.map(({ help }, at) => `  ${(left[at] ?? "").padEnd(wide)}  ${help}`);
  return `A statement ends with a semicolon and may have several lines. Ctrl-C stops a running one.\n${rows.join("\n")}`;
}

/** Runs a line that begins with a backslash. */
export async function runMeta(prompt: Prompt, line: string): Promise<void> {
  const match = /^(\\\S+)\s*(.*?)\s*;?\s*$/s.exec(line.trim());
  const command = META.find(({ name }) => name === match?.[1]);
  if (command === undefined) prompt.say(`There is no command ${match?.[1] ?? line}; \\? lists them.`);
  else await command.run(prompt, match?.[2] ?? "");
}
