// How a command line ends: documented in --help, so scripts may rely on it.
import { ChronError, messageOf } from "../base/errors.ts";

export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, notFound: 4, conflict: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 no server reached, 4 not found, 5 conflict.`;

/** Ends the command with a sentence on standard error and an exit code. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The exit code of anything thrown. */
export function exitCodeOf(thrown: unknown): ExitCode {
  if (thrown instanceof CliError) return thrown.exitCode;
  if (!(thrown instanceof ChronError)) return EXIT.failed;
  if (thrown.code === "INVALID_CONFIG") return EXIT.usage;
  if (thrown.kind.status === 404) return EXIT.notFound;
  return thrown.code === "VERSION_CONFLICT" ? EXIT.conflict : EXIT.failed;
}

export { messageOf };
