// Aggregates of pairs: covariance, correlation, linear regression (Youngs and Cramer's updates, as PostgreSQL computes them).
import { fail } from "../../errors.ts";
import { holdFloat, readFloat } from "../../types/floats.ts";
import { aggregate, type SqlFunction } from "../define.ts";
import { float8, int8 } from "../short.ts";

interface Pairs {
  count: number;
  sumX: number;
  sumY: number;
  /** Sums of squares and of products around the means. */
  xx: number;
  yy: number;
  xy: number;
}

function step(state: Pairs, y: number, x: number): Pairs {
  state.count++;
  state.sumX += x;
  state.sumY += y;
  if (state.count > 1) {
    const fromX = x * state.count - state.sumX;
    const fromY = y * state.count - state.sumY;
    const scale = 1 / (state.count * (state.count - 1));
    state.xx += fromX * fromX * scale;
    state.yy += fromY * fromY * scale;
    state.xy += fromX * fromY * scale;
    const finite = Number.isFinite(x) && Number.isFinite(y);
    if (finite && [state.sumX, state.sumY, state.xx, state.yy, state.xy].some((sum) => Math.abs(sum) === Infinity)) {
      fail("22003", "value out of range: overflow");
    }
  } else {
    if (!Number.isFinite(x)) state.xx = state.xy = Number.NaN;
    if (!Number.isFinite(y)) state.yy = state.xy = Number.NaN;
  }
  return state;
}

const some = (least: number, of: (state: Pairs) => number | null) => (state: Pairs) => (state.count < least ? null : of(state));

const RESULTS: Readonly<Record<string, (state: Pairs) => number | null>> = {
  regr_sxx: some(1, ({ xx }) => xx),
  regr_syy: some(1, ({ yy }) => yy),
  regr_sxy: some(1, ({ xy }) => xy),
  regr_avgx: some(1, ({ sumX, count }) => sumX / count),
  regr_avgy: some(1, ({ sumY, count }) => sumY / count),
  covar_pop: some(1, ({ xy, count }) => xy / count),
  covar_samp: some(2, ({ xy, count }) => xy / (count - 1)),
  corr: some(1, ({ xx, yy, xy }) => (xx === 0 || yy === 0 ? null : xy / Math.sqrt(xx * yy))),
  regr_r2: some(1, ({ xx, yy, xy }) => (xx === 0 ? null : yy === 0 ? 1 : (xy * xy) / (xx * yy))),
  regr_slope: some(1, ({ xx, xy }) => (xx === 0 ? null : xy / xx)),
  regr_intercept: some(1, ({ xx, xy, sumX, sumY, count }) => (xx === 0 ? null : (sumY - (sumX * xy) / xx) / count)),
};

const start = (): Pairs => ({ count: 0, sumX: 0, sumY: 0, xx: 0, yy: 0, xy: 0 });

export const regressions: readonly SqlFunction[] = [
  ...Object.entries(RESULTS).map(
    ([name, result]): SqlFunction => ({
      name,
      args: [float8, float8],
      returns: float8,
      volatility: "immutable",
      kind: "aggregate",
      aggregate: aggregate<Pairs>({
        start,
        step: (state, [y, x]) => step(state, readFloat(y ?? 0), readFloat(x ?? 0)),
        result: (state) => {
          const value = result(state);
          return value === null ? null : holdFloat(value);
        },
      }),
    }),
  ),
  {
    name: "regr_count",
    args: [float8, float8],
    returns: int8,
    volatility: "immutable",
    kind: "aggregate",
    aggregate: aggregate<{ count: bigint }>({
      start: () => ({ count: 0n }),
      step: (state) => {
        state.count++;
        return state;
      },
      result: (state) => state.count,
    }),
  },
];
