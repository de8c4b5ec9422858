// Which function or operator a call means: PostgreSQL's rules (exact match, then fewest conversions, preferred types, and what
// unknown literals may be).
import { fail } from "../errors.ts";
import type { SqlFunction } from "../functions/define.ts";
import { findFunctions, findOperators } from "../functions/index.ts";
import { OID, showType, typeByOid } from "../types/index.ts";
import { canCoerce, tryCoerce } from "./coerce.ts";
import type { Expression, Parameters } from "./tree.ts";

interface Candidate {
  readonly fn: SqlFunction;
  /** Argument types, a variadic tail spread out. */
  readonly args: readonly number[];
}

const POLYMORPHIC: ReadonlySet<number> = new Set([
  OID.any,
  OID.anyelement,
  OID.anyarray,
  OID.anynonarray,
  OID.anycompatible,
  OID.anycompatiblearray,
]);

function candidates(definitions: readonly SqlFunction[], count: number): Candidate[] {
  const found: Candidate[] = [];
  for (const fn of definitions) {
    if (fn.variadic) {
      const last = fn.args.at(-1) ?? OID.any;
      const fixed = fn.args.length - 1;
      if (count >= fn.args.length || (count >= fixed && fn.optional === 1)) {
        found.push({ fn, args: [...fn.args.slice(0, fixed), ...Array<number>(count - fixed).fill(last)] });
      }
    } else if (count <= fn.args.length && count >= fn.args.length - (fn.optional ?? 0)) {
      found.push({ fn, args: fn.args.slice(0, count) });
    }
  }
  return found;
}

/** Keeps what scores highest. */
function best<T>(items: readonly T[], score: (item: T) => number): T[] {
  const scores = items.map(score);
  const top = Math.max(...scores);
  return items.filter((_, at) => scores[at] === top);
}

const categoryOf = (type: number): string => typeByOid(type).category;

function narrow(found: readonly Candidate[], types: readonly number[]): Candidate[] {
  let left = best(found, ({ args }) => args.filter((arg, at) => arg === types[at] && types[at] !== OID.unknown).length);
  if (left.length === 1) return left;
  left = best(
    left,
    ({ args }) =>
      args.filter((arg, at) => {
        const type = types[at] ?? OID.unknown;
        if (type === OID.unknown) return false;
        return arg === type || (categoryOf(type) === categoryOf(arg) && typeByOid(arg).preferred);
      }).length,
  );
  if (left.length === 1) return left;
  const unknowns = types.flatMap((type, at) => (type === OID.unknown ? [at] : []));
  if (unknowns.length === 0) return left;
  // Unknown arguments: text if any candidate takes text there, else the one category they agree on.
  let resolved = true;
  let filtered = left;
  for (const at of unknowns) {
    const categories = new Set(left.map(({ args }) => categoryOf(args[at] ?? OID.any)));
    const category = categories.has("S") ? "S" : categories.size === 1 ? [...categories][0] : undefined;
    if (category === undefined) {
      resolved = false;
      break;
    }
    const inCategory = filtered.filter(({ args }) => categoryOf(args[at] ?? OID.any) === category);
    const preferred = inCategory.filter(({ args }) => typeByOid(args[at] ?? OID.any).preferred);
    filtered = preferred.length > 0 ? preferred : inCategory;
  }
  if (resolved && filtered.length > 0) {
    if (filtered.length === 1) return filtered;
    left = filtered;
  }
  // All known arguments of one type: suppose the unknown ones are of it too.
  const known = new Set(types.filter((type) => type !== OID.unknown));
  const [only] = known;
  if (known.size === 1 && only !== undefined) {
    const fitting = left.filter(({ args }) =>
      args.every((arg, at) => types[at] !== OID.unknown || canCoerce(only, arg, "implicit")),
    );
    if (fitting.length === 1) return fitting;
  }
  return left;
}

/** Replaces the polymorphic types of a candidate by what the arguments make them; null when they disagree. */
function concrete(candidate: Candidate, types: readonly number[]): { args: number[]; returns: number } | null {
  const { fn, args } = candidate;
  if (!args.some((arg) => POLYMORPHIC.has(arg)) && !POLYMORPHIC.has(fn.returns)) return { args: [...args], returns: fn.returns };
  let element = 0;
  for (const [at, arg] of args.entries()) {
    const type = types[at] ?? OID.unknown;
    if (type === OID.unknown) continue;
    const isArray = arg === OID.anyarray || arg === OID.anycompatiblearray;
    if (!isArray && arg !== OID.anyelement && arg !== OID.anynonarray && arg !== OID.anycompatible) continue;
    const found = isArray ? typeByOid(type).elementOid : type;
    if (element === 0 || element === found) element = found;
    else if (canCoerce(element, found, "implicit")) element = found;
    else if (!canCoerce(found, element, "implicit")) return null;
  }
  if (element === 0) {
    if (!args.some((arg) => POLYMORPHIC.has(arg) && arg !== OID.any)) return { args: [...args], returns: fn.returns };
    element = OID.text;
  }
  const settle = (type: number): number => {
    if (type === OID.anyelement || type === OID.anynonarray || type === OID.anycompatible) return element;
    if (type !== OID.anyarray && type !== OID.anycompatiblearray) return type;
    // int2vector and oidvector stay themselves.
    const vector = types.find((given) => typeByOid(given).elementOid === element && given !== OID.unknown);
    return vector ?? typeByOid(element).arrayOid;
  };
  const returns =
    fn.returns === OID.anyarray || fn.returns === OID.anycompatiblearray ? typeByOid(element).arrayOid : settle(fn.returns);
  return { args: args.map(settle), returns };
}

export interface Resolved {
  readonly fn: SqlFunction;
  readonly args: readonly Expression[];
  readonly returns: number;
}

function choose(definitions: readonly SqlFunction[], types: readonly number[]): Candidate[] {
  const all = candidates(definitions, types.length);
  const exact = all.filter(({ args, fn }) => !fn.variadic && args.every((arg, at) => arg === types[at]));
  if (exact.length === 1) return exact;
  const possible = all.filter(
    (candidate) =>
      candidate.args.every((arg, at) => canCoerce(types[at] ?? OID.unknown, arg, "implicit")) &&
      concrete(candidate, types) !== null,
  );
  if (possible.length <= 1) return possible;
  // A declaration that spells its arguments out wins over a variadic one.
  const plain = possible.filter(({ fn }) => !fn.variadic);
  return narrow(plain.length > 0 ? plain : possible, types);
}

function finish(candidate: Candidate, args: readonly Expression[], parameters: Parameters): Resolved | null {
  const types = concrete(
    candidate,
    args.map(({ type }) => type),
  );
  if (types === null) return null;
  const coerced: Expression[] = [];
  for (const [at, arg] of args.entries()) {
    const wanted = types.args[at] ?? OID.any;
    const target = wanted === OID.any && arg.type === OID.unknown ? OID.text : wanted;
    const result = tryCoerce(arg, target, -1, "implicit", parameters);
    if (result === null) return null;
    coerced.push(result);
  }
  return { fn: candidate.fn, args: coerced, returns: types.returns };
}

const showTypes = (args: readonly Expression[]): string => args.map(({ type }) => showType(type)).join(", ");

/** Null when no function has this name at all, so that a cast written as a call can be tried. */
export function resolveFunction(name: string, args: readonly Expression[], at: number, parameters: Parameters): Resolved | null {
  const definitions = findFunctions(name);
  if (definitions.length === 0) return null;
  const chosen = choose(
    definitions,
    args.map(({ type }) => type),
  );
  if (chosen.length > 1) {
    return fail("42725", `function ${name}(${showTypes(args)}) is not unique`, {
      at,
      hint: "Could not choose a best candidate function. You might need to add explicit type casts.",
    });
  }
  const [only] = chosen;
  const resolved = only === undefined ? null : finish(only, args, parameters);
  return resolved ?? noFunction(name, args, at);
}

export function noFunction(name: string, args: readonly Expression[], at: number): never {
  return fail("42883", `function ${name}(${showTypes(args)}) does not exist`, {
    at,
    hint: "No function matches the given name and argument types. You might need to add explicit type casts.",
  });
}

export function resolveOperator(name: string, args: readonly Expression[], at: number, parameters: Parameters): Resolved {
  const types = args.map(({ type }) => type);
  const definitions = findOperators(name, args.length);
  // A literal beside a typed value is first supposed to be of that type.
  const [left, right] = types;
  if (left !== undefined && right !== undefined && (left === OID.unknown) !== (right === OID.unknown)) {
    const supposed = left === OID.unknown ? [right, right] : [left, left];
    const taking = (type: number): SqlFunction | undefined =>
      definitions.find((fn) => fn.args[0] === type && fn.args[1] === type);
    const same = supposed[0] ?? OID.unknown;
    const exact = taking(same) ?? (categoryOf(same) === "A" ? taking(OID.anyarray) : undefined);
    const resolved = exact === undefined ? null : finish({ fn: exact, args: exact.args }, args, parameters);
    if (resolved !== null) return resolved;
  }
  const chosen = choose(definitions, types);
  const [only] = chosen;
  if (only !== undefined && chosen.length === 1) {
    const resolved = finish(only, args, parameters);
    if (resolved !== null) return resolved;
  }
  const shown = args.length === 1 ? `${name} ${showTypes(args)}` : `${showType(left ?? 0)} ${name} ${showType(right ?? 0)}`;
  if (chosen.length > 1) {
    return fail("42725", `operator is not unique: ${shown}`, {
      at,
      hint: "Could not choose a best candidate operator. You might need to add explicit type casts.",
    });
  }
  return fail("42883", `operator does not exist: ${shown}`, {
    at,
    hint:
      args.length === 1
        ? "No operator matches the given name and argument type. You might need to add an explicit type cast."
        : "No operator matches the given name and argument types. You might need to add explicit type casts.",
  });
}
