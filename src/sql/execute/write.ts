// What plans that change documents have in common.
import type { TableInfo } from "../../state/store.ts";

export interface WriteParts {
  readonly parameterOids: readonly number[];
  /** Tables the statement reads from storage. */
  readonly tables: readonly TableInfo[];
  /** Its row source may run long, so it runs in a worker. */
  readonly heavy: boolean;
  readonly usesCatalog: boolean;
  /** Rows one statement may change. */
  readonly rowsMaximum: number;
}
