// Checks log, state and archive against each other. Reading every page and object takes seconds on a large tenant, so state is
// checked in a child process; the log and the archive check themselves off this thread or in slices.

import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Archive } from "../../archive/contract.ts";
import { messageOf } from "../../base/errors.ts";
import type { VerifyReport } from "../contract.ts";

export interface VerifyTarget {
  readonly directory: string;
  readonly archive: Archive;
  readonly log: { readonly durable: { readonly sequence: number } };
}

/** What verify-process.ts answers. */
export interface LocalChecks {
  readonly checks: VerifyReport["checks"];
}

export async function verifyTenant(target: VerifyTarget): Promise<VerifyReport> {
  const [local, archive] = await Promise.all([
    checkInChild(join(target.directory, ".chrondb"), target.log.durable.sequence),
    target.archive.check(),
  ]);
  const checks = [
    ...local.checks,
    { component: "archive", ok: archive.ok, message: archive.messages.join(" ") || "objects, notes and refs agree with the log" },
  ];
  const sum = createHash("sha256");
  for (const name of Object.keys(archive.refs).sort()) sum.update(`${archive.refs[name]} ${name}\n`);
  return { ok: checks.every((check) => check.ok), checks, checksum: sum.digest("hex"), refs: archive.refs };
}

function checkInChild(directory: string, durable: number): Promise<LocalChecks> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL("../verify-process.ts", import.meta.url)), [directory, String(durable)], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    let answer: LocalChecks | null = null;
    child.on("message", (message) => {
      answer = message as LocalChecks;
    });
    child.on("error", (thrown) => resolve({ checks: [{ component: "state", ok: false, message: messageOf(thrown) }] }));
    child.on("exit", (code, signal) => {
      resolve(answer ?? { checks: [{ component: "state", ok: false, message: `the check ended early (${signal ?? code})` }] });
    });
  });
}
