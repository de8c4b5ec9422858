// `bin/run test/conformance/regression/main.ts [--write] [--list PATH] [FILE...]`: runs the suite and prints the score; --write keeps
// it in SCORE.md (whole runs only), `--list PATH` writes every difference with both answers to a file.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadModule } from "libpg-query";
import { runSuite } from "./compare.ts";
import { SCORE_PAGE, saying, scorePage, scoresOf, total } from "./score.ts";
import { FILES, findSuite } from "./suite.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean", default: false }, list: { type: "string" } },
});
await loadModule();
const suite = await findSuite();
if (typeof suite === "string") throw new Error(suite);
const files = positionals.length === 0 ? FILES : ["test_setup", ...positionals.filter((file) => file !== "test_setup")];
const judged = await runSuite(suite, files, (file) => void process.stderr.write(`${file} `));
process.stderr.write("\n");
const scores = scoresOf(judged);
for (const { file, inScope, results, errors, different, left } of [...scores, total(scores)]) {
  const share = ((100 * (results + errors)) / Math.max(1, inScope)).toFixed(1);
  process.stdout.write(
    `${file.padEnd(16)} ${share.padStart(5)} %  ${results} results, ${errors} errors, ${different} different, ${left} out\n`,
  );
}
if (values.list !== undefined) {
  const text = judged
    .filter(({ verdict }) => verdict === "different")
    .map(
      (one) => `${one.file}:${one.line} ${one.why}\n${one.text}\n  THEIRS ${saying(one.theirs)}\n  OURS   ${saying(one.ours)}\n`,
    );
  writeFileSync(values.list, text.join("\n"));
}
if (values.write && positionals.length === 0) writeFileSync(SCORE_PAGE, scorePage(suite.version, judged));
