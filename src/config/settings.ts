// The settings a running server is made of: what config/load.ts produces and main.ts hands out. Shapes only.
import type { Limits } from "../base/limits.ts";

export interface DoorSettings {
  readonly enabled: boolean;
  readonly host: string;
  /** 0 = pick a free one. */
  readonly port: number;
}

export interface Settings {
  readonly git: { readonly committerName: string; readonly committerEmail: string; readonly defaultBranch: string };
  readonly storage: { readonly dataDir: string };
  readonly logging: {
    readonly level: "trace" | "debug" | "info" | "warn" | "error" | "silent";
    readonly output: "stdout" | "stderr" | "file";
    readonly file: string;
    /** Operations slower than this are logged; milliseconds. */
    readonly slowMs: number;
  };
  readonly servers: { readonly rest: DoorSettings; readonly redis: DoorSettings; readonly postgresql: DoorSettings };
  /** The one user that guards all doors; null = open development mode (loopback only). */
  readonly auth: { readonly username: string; readonly password: string } | null;
  /** Tenants opened at start; `chrondb` is always among them. */
  readonly tenants: readonly string[];
  readonly limits: Limits;
}
