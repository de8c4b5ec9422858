// What the pool and a query worker say to each other. Structured clones: buffers and bigints pass as they are.
import type { SqlErrorFields } from "../contract.ts";
import type { Style } from "../types/style.ts";
import type { Raw } from "../types/type.ts";

/** SessionFacts without its functions; the worker reads the catalogue from its own connection. */
export interface PlainFacts {
  readonly database: string;
  readonly user: string;
  readonly databases: readonly string[];
  readonly now: number;
  /** Channels the session listens to. */
  readonly channels: readonly string[];
  readonly settings: readonly { readonly name: string; readonly value: string; readonly description: string }[];
}

export type ToWorker =
  | {
      readonly kind: "start";
      readonly path: string;
      readonly sql: string;
      readonly parameters: readonly Raw[];
      readonly types: readonly number[] | null;
      readonly style: Style;
      readonly facts: PlainFacts | null;
    }
  | { readonly kind: "next"; readonly max: number }
  | { readonly kind: "close" };

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "started" }
  | { readonly kind: "rows"; readonly rows: Raw[][]; readonly done: boolean }
  | { readonly kind: "failed"; readonly error: SqlErrorFields };
