// Scripts about COPY.
import type { Script } from "./session-scripts.ts";

export const COPY_SCRIPTS: readonly Script[] = [];
