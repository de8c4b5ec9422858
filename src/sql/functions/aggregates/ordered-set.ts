// Aggregates called with WITHIN GROUP. Their values come sorted, because SQLite sorts the rows of an aggregate by the same order.
import { fail } from "../../errors.ts";
import { packArray, unpackArray } from "../../types/array.ts";
import { holdFloat, readFloat } from "../../types/floats.ts";
import { OID, type Raw, typeByOid } from "../../types/index.ts";
import { addIntervals, packInterval, scaleInterval, unpackInterval } from "../../types/interval-value.ts";
import { aggregate, type CallTypes, orderKey, type SqlFunction } from "../define.ts";
import { any, anyelement, float8, int8, interval } from "../short.ts";

interface Sorted {
  types: readonly number[];
  fraction: Raw;
  values: Raw[];
}

type Pick = (values: readonly Raw[], fraction: number) => Raw;

const base = { volatility: "immutable", kind: "aggregate", within: "ordered", strict: false, typed: true, big: true } as const;

/** The value at a place between two neighbours. */
const between =
  (middle: (low: Raw, high: Raw, share: number) => Raw): Pick =>
  (values, fraction) => {
    const place = fraction * (values.length - 1);
    const low = values[Math.floor(place)] ?? null;
    const high = values[Math.ceil(place)] ?? null;
    return Math.floor(place) === Math.ceil(place) ? low : middle(low, high, place - Math.floor(place));
  };

const floats = between((low, high, share) => {
  const [from, to] = [readFloat(low ?? 0), readFloat(high ?? 0)];
  return holdFloat(from + share * (to - from));
});

const intervals = between((low, high, share) => {
  const [from, to] = [unpackInterval(String(low)), unpackInterval(String(high))];
  return packInterval(addIntervals(from, scaleInterval(addIntervals(to, from, -1), share), 1));
});

const discrete: Pick = (values, fraction) => values[Math.max(1, Math.ceil(fraction * values.length)) - 1] ?? null;

function picked(values: readonly Raw[], fraction: Raw, pick: Pick): Raw {
  if (fraction === null) return null;
  const share = readFloat(fraction);
  if (!(share >= 0 && share <= 1)) fail("22003", `percentile value ${share} is not between 0 and 1`);
  return values.length === 0 ? null : pick(values, share);
}

function percentile(name: string, value: number, returns: number, many: boolean, pick: Pick): SqlFunction {
  return {
    ...base,
    name,
    args: [many ? typeByOid(float8).arrayOid : float8, value],
    returns,
    aggregate: aggregate<Sorted>({
      start: () => ({ types: [], fraction: null, values: [] }),
      step: (state, [types, fraction, next]) => {
        if (state.types.length === 0) state.types = (JSON.parse(String(types)) as CallTypes).args;
        state.fraction = fraction ?? null;
        if (next !== null && next !== undefined) state.values.push(next);
        return state;
      },
      result: ({ types, fraction, values }) => {
        if (!many) return picked(values, fraction, pick);
        if (fraction === null || values.length === 0) return null;
        const fractions = unpackArray(typeByOid(float8), String(fraction)) as readonly Raw[];
        return packArray(
          typeByOid(types[1] ?? float8),
          fractions.map((one) => picked(values, one, pick)),
        );
      },
    }),
  };
}

interface Runs {
  key: string | null;
  run: number;
  value: Raw;
  best: number;
  winner: Raw;
}

const mode: SqlFunction = {
  ...base,
  name: "mode",
  args: [anyelement],
  returns: anyelement,
  aggregate: aggregate<Runs>({
    start: () => ({ key: null, run: 0, value: null, best: 0, winner: null }),
    step: (state, [types, value]) => {
      if (value === null || value === undefined) return state;
      const key = orderKey((JSON.parse(String(types)) as CallTypes).args[0] ?? 0, value);
      if (key !== state.key) Object.assign(state, { key, run: 0, value });
      if (++state.run > state.best) Object.assign(state, { best: state.run, winner: state.value });
      return state;
    },
    result: (state) => state.winner,
  }),
};

/** Where a row that is not there would stand: printed from counts of the rows before it. */
const hypothetical = (name: string, returns: number): SqlFunction => ({
  name,
  args: [any],
  variadic: true,
  returns,
  volatility: "immutable",
  kind: "aggregate",
  within: "hypothetical",
});

export const orderedSets: readonly SqlFunction[] = [
  percentile("percentile_cont", float8, float8, false, floats),
  percentile("percentile_cont", interval, interval, false, intervals),
  percentile("percentile_cont", float8, typeByOid(float8).arrayOid, true, floats),
  percentile("percentile_cont", interval, typeByOid(interval).arrayOid, true, intervals),
  percentile("percentile_disc", anyelement, anyelement, false, discrete),
  percentile("percentile_disc", anyelement, OID.anyarray, true, discrete),
  mode,
  hypothetical("rank", int8),
  hypothetical("dense_rank", int8),
  hypothetical("percent_rank", float8),
  hypothetical("cume_dist", float8),
];
