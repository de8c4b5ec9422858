// Work on a data directory without a server: what `chrondb log dump`, `verify --offline`, `rebuild` and `git-path` do.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { openArchive } from "../archive/archive.ts";
import { ChronError } from "../base/errors.ts";
import { systemFiles } from "../base/files.ts";
import type { Settings } from "../config/settings.ts";
import { dumpLog } from "../log/dump.ts";
import { openLog } from "../log/writer.ts";
import { type Rebuilt, rebuildTenant } from "./commands/rebuild.ts";
import { verifyTenant } from "./commands/verify.ts";
import type { VerifyReport } from "./contract.ts";
import { tenantDirectory } from "./service.ts";

export interface OfflineParts {
  /** Settings for a data directory. */
  readonly settings: (dataDir: string) => Settings;
}

interface Target {
  readonly dataDir: string;
  readonly tenant: string;
}

export interface Offline {
  dumpLog(options: Target & { from: number; to: number; json: boolean; values: boolean }): Iterable<string>;
  verify(options: Target): Promise<VerifyReport>;
  rebuild(options: Target & { clone: string | null; progress: (entries: number) => void }): Promise<Rebuilt>;
  gitPath(options: Target): string;
}

export function offlineTools(parts: OfflineParts): Offline {
  const gitOf = ({ dataDir, tenant }: Target) => {
    const { git, limits } = parts.settings(dataDir);
    return {
      directory: tenantDirectory(resolve(dataDir), tenant),
      branch: git.defaultBranch,
      committerName: git.committerName,
      committerEmail: git.committerEmail,
      limits,
    };
  };
  const existing = (target: Target): string => {
    const directory = tenantDirectory(resolve(target.dataDir), target.tenant);
    if (!existsSync(join(directory, ".chrondb"))) {
      throw new ChronError("UNKNOWN_TENANT", `${directory} holds no ChronDB data; name the directory with --data-dir.`);
    }
    return directory;
  };
  return {
    dumpLog: (options) => {
      const { from, to, json, values } = options;
      return dumpLog(join(existing(options), ".chrondb", "log"), { files: systemFiles, json, values, after: from - 1, upTo: to });
    },
    gitPath: (options) => existing(options),
    verify: async (options) => {
      const directory = existing(options);
      const lock = systemFiles.lock(join(resolve(options.dataDir), ".chrondb", "lock"));
      try {
        const archive = await openArchive(gitOf(options));
        try {
          const logDirectory = join(directory, ".chrondb", "log");
          const durable = { sequence: archive.published };
          // Opening a log heals a torn tail; a check must only look, so damage is found first.
          const damage = await verifyTenant({ directory, archive, log: { durable } });
          if (!damage.ok) return damage;
          const log = openLog({ directory: logDirectory, files: systemFiles, known: archive.published });
          try {
            archive.durable(log.durable.sequence);
            return await verifyTenant({ directory, archive, log });
          } finally {
            log.close();
          }
        } finally {
          await archive.close();
        }
      } finally {
        lock.release();
      }
    },
    rebuild: async (options) => {
      const hidden = join(resolve(options.dataDir), ".chrondb");
      systemFiles.makeDirectory(hidden);
      const lock = systemFiles.lock(join(hidden, "lock"));
      try {
        return await rebuildTenant({ ...gitOf(options), clone: options.clone, progress: options.progress });
      } finally {
        lock.release();
      }
    },
  };
}
