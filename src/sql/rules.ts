// The rules of declared tables, for every door: core calls `conform` for each document put into one. Declared columns get their
// defaults where absent, must be of their type (and are written in its canonical JSON), and must not be null where so declared.
import { ChronError } from "../base/errors.ts";
import { type JsonObject, memberText, parseObject, withMembers } from "../base/json.ts";
import { systemRandom } from "../base/random.ts";
import type { RowRules } from "../core/contract.ts";
import type { ColumnDefinition, TableDefinition } from "../log/entry.ts";
import { SqlError } from "./contract.ts";
import { engineValue } from "./execute/default-value.ts";
import { type Context, within } from "./functions/context.ts";
import { joinKeyTexts, splitKeyTexts } from "./plan/constraints.ts";
import { defaultOf } from "./plan/defaults.ts";
import { NO_RELATIONS } from "./relations.ts";
import { type Present, type Raw, type SqlType, typeByName } from "./types/index.ts";
import { PLAIN_STYLE, type Style } from "./types/style.ts";

const AROUND = {
  catalog: { version: 0, tables: new Map() },
  relations: NO_RELATIONS,
  database: "",
  fetched: new Map(),
  fieldColumns: 0,
};

function typeOf(column: ColumnDefinition): SqlType {
  const type = typeByName(column.type);
  if (type === undefined)
    throw new ChronError(
      "CORRUPT",
      `The definition of column "${column.name}" has the type ${column.type}, which ChronDB does not know.`,
    );
  return type;
}

/** A refusal of the type's, in the words of a document's field. */
function refused(definition: TableDefinition, column: string, thrown: unknown): unknown {
  if (!(thrown instanceof SqlError)) return thrown;
  return new ChronError("TYPE_VIOLATION", `Column "${column}" of table "${definition.table}": ${thrown.message}`, {
    table: definition.table,
    column,
    sqlstate: thrown.fields.sqlstate,
  });
}

/** Text of each column for `Failing row contains (…)`. */
function rowText(definition: TableDefinition, id: string, object: JsonObject): string {
  const shown = definition.columns.map((column) => {
    if (column.name === "id" && isIdKey(definition)) return id;
    const json = memberText(object, column.name);
    if (json === undefined || json === "null") return "null";
    const type = typeOf(column);
    return type.output(type.fromJson(json, PLAIN_STYLE), PLAIN_STYLE);
  });
  return `Failing row contains (${shown.join(", ")}).`;
}

/** Whether the document's id itself is the column `id`. */
function isIdKey(definition: TableDefinition): boolean {
  const key = definition.primaryKey;
  return key === null || (key.columns.length === 1 && key.columns[0] === "id");
}

function contextOf(micros: number): Context {
  const style: Style = { ...PLAIN_STYLE, now: micros };
  return {
    style,
    clock: () => micros,
    uuid: () => systemRandom.uuid(),
    random: () => systemRandom.bytes(6).readUIntBE(0, 6) / 2 ** 48,
    facts: null,
    notify: () => undefined,
    setSetting: () => "",
    names: null,
  };
}

/** The JSON a column is stored as; undefined = leave it out. */
function columnJson(
  definition: TableDefinition,
  column: ColumnDefinition,
  written: string | undefined,
  style: Style,
): string | undefined {
  const type = typeOf(column);
  if (written === undefined) {
    const expression = defaultOf(column, AROUND);
    if (expression === null) return undefined;
    const value: Raw = engineValue(expression, style);
    return value === null ? "null" : type.toJson(value, style);
  }
  if (written === "null") return written;
  try {
    let value: Present = type.fromJson(written, style);
    if (type.modify !== null && column.typmod >= 0) value = type.modify(value, column.typmod, false);
    return type.toJson(value, style);
  } catch (thrown) {
    throw refused(definition, column.name, thrown);
  }
}

/** The id as its column's type writes it, so that one value has one id. */
function checkKey(
  definition: TableDefinition,
  id: string,
  object: JsonObject,
  changes: Map<string, string | null>,
  style: Style,
): void {
  const key = definition.primaryKey;
  if (isIdKey(definition)) {
    const column = definition.columns.find((candidate) => candidate.name === "id");
    if (column === undefined) return;
    const type = typeOf(column);
    try {
      const canonical = type.output(type.input(id, column.typmod, style), style);
      if (canonical !== id) {
        throw new ChronError(
          "INVALID_ID",
          `The id ${JSON.stringify(id)} of table "${definition.table}" must be written ${JSON.stringify(canonical)}, as its type ${type.display} is.`,
        );
      }
    } catch (thrown) {
      throw refused(definition, "id", thrown);
    }
    return;
  }
  if (key === null) return;
  const parts = splitKeyTexts(id, key.columns.length);
  const texts = key.columns.map((name, at) => {
    const column = definition.columns.find((candidate) => candidate.name === name);
    const type = column === undefined ? undefined : typeOf(column);
    if (column === undefined || type === undefined) return "";
    const json = changes.get(name) ?? memberText(object, name);
    try {
      if (json !== undefined && json !== "null") return type.output(type.fromJson(json, style), style);
      // A document that does not say its key gets it from its id.
      const value = type.input(parts[at] ?? "", column.typmod, style);
      changes.set(name, type.toJson(value, style));
      return type.output(value, style);
    } catch (thrown) {
      throw refused(definition, name, thrown);
    }
  });
  const expected = joinKeyTexts(texts);
  if (expected !== id) {
    throw new ChronError(
      "INVALID_ID",
      `The id ${JSON.stringify(id)} does not follow from the primary key (${key.columns.join(", ")}) of table "${definition.table}": it should be ${JSON.stringify(expected)}.`,
      { table: definition.table },
    );
  }
}

export const rowRules: RowRules = {
  conform(definition, id, body, now) {
    const object = parseObject(body);
    const context = contextOf(now.micros);
    return within(context, () => {
      const changes = new Map<string, string | null>();
      for (const column of definition.columns) {
        if (column.name === "id" && isIdKey(definition)) continue;
        const written = memberText(object, column.name);
        const json = columnJson(definition, column, written, context.style);
        if (json !== undefined && json !== written) changes.set(column.name, json);
      }
      checkKey(definition, id, object, changes, context.style);
      for (const column of definition.columns) {
        if (!column.notNull || (column.name === "id" && isIdKey(definition))) continue;
        const json = changes.get(column.name) ?? memberText(object, column.name);
        if (json === undefined || json === "null") {
          throw new ChronError(
            "NOT_NULL_VIOLATION",
            `Column "${column.name}" of table "${definition.table}" must not be null; give it a value.`,
            {
              table: definition.table,
              column: column.name,
              detail: rowText(definition, id, object),
            },
          );
        }
      }
      return changes.size === 0 ? object.text : withMembers(object, changes);
    });
  },
};
