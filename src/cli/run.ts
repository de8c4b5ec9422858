// Runs one command line: parses it, runs its verb, answers the exit code.
import { CommanderError } from "commander";
import { clientEnvironment } from "../config/client.ts";
import type { CliContext, CliDeps } from "./contract.ts";
import { EXIT, type ExitCode, exitCodeOf, messageOf } from "./exit.ts";
import { createProgram } from "./program.ts";

/** Options of the client verbs that ChronDB's users write before the verb. */
const LEADING = new Set(["--host", "--port", "--scheme", "--base-url", "--timeout", "--token", "--user", "--password"]);

/** `--port 3001 get x` -> `get --port 3001 x`. */
export function hoistOptions(argv: readonly string[]): string[] {
  let at = 0;
  while (LEADING.has((argv[at] ?? "").replace(/=.*$/s, ""))) at += (argv[at] ?? "").includes("=") ? 1 : 2;
  const verb = argv[at];
  return verb === undefined || at === 0 ? [...argv] : [verb, ...argv.slice(0, at), ...argv.slice(at + 1)];
}

/** Runs one command line (without `node` and the script) and answers its exit code. Never throws. */
export async function runCli(
  deps: CliDeps,
  argv: readonly string[] = process.argv.slice(2),
  replaced: Partial<CliContext> = {},
): Promise<ExitCode> {
  // A reader that has seen enough (`| head`) closes the pipe; writes then fail, and the verb ends with what isClosedPipe sees.
  if (replaced.stdout === undefined) process.stdout.on("error", () => undefined);
  const streams = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
  try {
    const context: CliContext = { ...streams, ...deps, ...replaced, env: replaced.env ?? clientEnvironment() };
    await createProgram(context).parseAsync(hoistOptions(argv), { from: "user" });
    return EXIT.ok;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (isClosedPipe(thrown)) return EXIT.ok;
    (replaced.stderr ?? streams.stderr).write(`chrondb: ${messageOf(thrown)}\n`);
    return exitCodeOf(thrown);
  }
}

function isClosedPipe(thrown: unknown): boolean {
  return (
    thrown instanceof Error && "code" in thrown && thrown.code === "EPIPE" && "syscall" in thrown && thrown.syscall === "write"
  );
}
