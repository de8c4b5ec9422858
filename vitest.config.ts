// Two cores: two workers, each test file in a process of its own (native modules and servers do not share one well).
import { defineConfig } from "vitest/config";

const isLong = process.argv.includes("test/long");

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: isLong ? [] : ["test/long/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: isLong ? 1_800_000 : 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // A test that needs luck is a broken test.
    retry: 0,
    reporters: ["default", "./test/support/summary-reporter.ts"],
  },
});
