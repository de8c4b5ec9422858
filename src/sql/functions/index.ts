// Every function and operator, by family. To add one: write its declaration in a file of its family and name it here.
import type { Database } from "better-sqlite3";
import { registerCasts } from "../casts.ts";
import { arithmetic } from "../operators/arithmetic.ts";
import { arrayOperators } from "../operators/arrays.ts";
import { comparisons } from "../operators/comparisons.ts";
import { jsonOperators } from "../operators/jsons.ts";
import { momentOperators } from "../operators/moments.ts";
import { textOperators } from "../operators/texts.ts";
import { registerHelpers } from "../print/helpers.ts";
import { registerTypes } from "../types/sqlite.ts";
import { aggregates } from "./aggregates/index.ts";
import { orderedSets } from "./aggregates/ordered-set.ts";
import { arrayFunctions } from "./arrays/index.ts";
import { CATALOG_FUNCTIONS } from "./catalog/index.ts";
import { registerFunction, type SqlFunction } from "./define.ts";
import { guards } from "./guards.ts";
import { jsonFunctions } from "./jsons/index.ts";
import { numberFunctions } from "./numbers/index.ts";
import { systemFunctions } from "./system/index.ts";
import { textFunctions } from "./texts/index.ts";
import { timeFunctions } from "./times/index.ts";
import { windowFunctions } from "./windows/index.ts";

export const FUNCTIONS: readonly SqlFunction[] = [
  ...aggregates,
  ...orderedSets,
  ...arrayFunctions,
  ...CATALOG_FUNCTIONS,
  ...jsonFunctions,
  ...numberFunctions,
  ...systemFunctions,
  ...textFunctions,
  ...timeFunctions,
  ...windowFunctions,
];

export const OPERATORS: readonly SqlFunction[] = [
  ...comparisons,
  ...arithmetic,
  ...textOperators,
  ...momentOperators,
  ...jsonOperators,
  ...arrayOperators,
];

function byName(definitions: readonly SqlFunction[], key: (definition: SqlFunction) => string): Map<string, SqlFunction[]> {
  const map = new Map<string, SqlFunction[]>();
  for (const definition of definitions) {
    const known = map.get(key(definition));
    if (known === undefined) map.set(key(definition), [definition]);
    else known.push(definition);
  }
  return map;
}

const functions = byName(FUNCTIONS, (definition) => definition.name);
const operators = byName(OPERATORS, (definition) => `${definition.name} ${definition.args.length}`);
const NONE: readonly SqlFunction[] = [];

export function findFunctions(name: string): readonly SqlFunction[] {
  return functions.get(name) ?? NONE;
}

export function findOperators(name: string, operands: number): readonly SqlFunction[] {
  return operators.get(`${name} ${operands}`) ?? NONE;
}

/** Puts everything printed SQL may call on a connection. Every process must do the same, so that a plan runs anywhere. */
export function registerFunctions(db: Database): void {
  registerTypes(db);
  registerCasts(db);
  registerHelpers(db);
  for (const definition of [...FUNCTIONS, ...OPERATORS, ...guards]) registerFunction(db, definition);
}
