// PostgreSQL's own regression suite, statement by statement on both servers: what matched when the score was written still matches.
import { loadModule } from "libpg-query";
import { expect, it } from "vitest";
import { runSuite } from "../conformance/regression/compare.ts";
import { recordedScores, scoresOf } from "../conformance/regression/score.ts";
import { FILES, findSuite } from "../conformance/regression/suite.ts";
import { hasPostgres } from "../support/postgres.ts";

const suite = hasPostgres() ? await findSuite() : "PostgreSQL 15 is not installed";
const why = typeof suite === "string" ? ` (skipped: ${suite})` : "";

it.skipIf(typeof suite === "string")(`the score of test/conformance/SCORE.md does not fall${why}`, async () => {
  if (typeof suite === "string") return;
  await loadModule();
  const recorded = recordedScores();
  const scores = scoresOf(await runSuite(suite, FILES, () => undefined));
  expect(scores.map(({ file }) => file)).toEqual([...FILES]);
  const fallen = scores.filter(({ file, results, errors }) => results + errors < (recorded.get(file) ?? 0));
  expect(fallen).toEqual([]);
});
