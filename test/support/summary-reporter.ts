// Counts the run for bin/test: names what was skipped and why, and leaves `N passed, N failed[, N skipped]` in the file that
// TEST_SUMMARY_FILE names, to be printed as the very last line.
import { appendFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      // A file that could not be loaded has no tests to fail.
      if (module.errors().length > 0) counts.failed++;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") counts.passed++;
        else if (result.state === "failed") counts.failed++;
        else {
          counts.skipped++;
          const why = result.state === "skipped" && result.note !== undefined ? `: ${result.note}` : "";
          skipped.push(`skipped  ${module.relativeModuleId} > ${test.fullName}${why}\n`);
        }
      }
    }
    for (const line of skipped) process.stdout.write(line);
    const tail = counts.skipped === 0 ? "" : `, ${counts.skipped} skipped`;
    const file = process.env["TEST_SUMMARY_FILE"];
    const line = `${counts.passed} passed, ${counts.failed} failed${tail}\n`;
    if (file === undefined) process.stdout.write(line);
    else appendFileSync(file, line);
  }
}
