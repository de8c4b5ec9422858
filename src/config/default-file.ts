// The text of config/default.yaml, made from the table of settings (a test compares): every setting with its default.
import { stringify } from "yaml";
import { SETTINGS, type SettingRow } from "./table.ts";

const HEADER = `# ChronDB's settings with their defaults: what a server without another file uses.
# Made from src/config/table.ts by \`sh bin/run bin/docs.ts\`; copy it, keep what differs, and start with --config FILE.
# The environment wins over this file and flags win over the environment (docs/reference/settings.md has the names).
# A file that holds a password must be readable by its owner only (chmod 600); CHRONDB_PASSWORD_FILE is the better place.
`;

const WIDTH = 120;

export function defaultConfigText(): string {
  const lines: string[] = [HEADER];
  let open: string[] = [];
  for (const row of SETTINGS) {
    if (row.alias !== undefined) continue;
    const parts = row.path.split(".");
    const headings = parts.slice(0, -1);
    let shared = 0;
    while (shared < headings.length && open[shared] === headings[shared]) shared++;
    for (let depth = shared; depth < headings.length; depth++) {
      if (depth === 0 && open.length > 0) lines.push("");
      lines.push(`${"  ".repeat(depth)}${headings[depth]}:`);
    }
    if (headings.length === 0) lines.push("");
    open = headings;
    lines.push(...setting(row, parts));
  }
  return `${lines.join("\n")}\n`;
}

function setting(row: SettingRow, parts: readonly string[]): string[] {
  const indent = "  ".repeat(parts.length - 1);
  const name = parts[parts.length - 1] ?? "";
  const comment = wrap(row.doc, WIDTH - indent.length).map((line) => `${indent}# ${line}`);
  const value = row.default === null ? `# ${name}: …` : `${name}: ${valueText(row)}`;
  return [...comment, `${indent}${value}`];
}

const MIB = 1024 * 1024;

function valueText(row: SettingRow): string {
  const value = row.default;
  if (row.kind === "bytes" && typeof value === "number" && value % MIB === 0) return `${value / MIB}MiB`;
  if (Array.isArray(value)) return `[${value.join(", ")}]`;
  return stringify(value).trim();
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
