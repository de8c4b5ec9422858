// What the main process and the archive's process say to each other.
import type { CheckReport } from "./check.ts";
import type { FollowerLimits } from "./follower.ts";

export interface ChildOptions {
  readonly directory: string;
  readonly branch: string;
  readonly committerName: string;
  readonly committerEmail: string;
  readonly limits: FollowerLimits;
}

export type ToChild =
  | { readonly type: "durable"; readonly sequence: number }
  | { readonly type: "idle"; readonly micros: number }
  | { readonly type: "wanted"; readonly sequence: number }
  | { readonly type: "find"; readonly request: number; readonly prefix: string }
  | { readonly type: "check"; readonly request: number }
  | { readonly type: "close" };

export interface FoundCommit {
  readonly commit: string;
  readonly sequence: number;
}

export type FromChild =
  | { readonly type: "published"; readonly sequence: number; readonly bytes: number }
  | { readonly type: "found"; readonly request: number; readonly commits: FoundCommit[] }
  | { readonly type: "checked"; readonly request: number; readonly report: CheckReport }
  | { readonly type: "refused"; readonly request: number; readonly code: string; readonly message: string }
  | { readonly type: "problem"; readonly code: string; readonly message: string };
