// A text of statements taken apart: its placeholders found, its statements numbered. Programs send the same texts over and over, and
// finding both costs more than running a point read, so the last ones are remembered.
import type { SqlSession } from "../../../sql/contract.ts";
import { checkParameters, type Parameters } from "./parameters.ts";
import {
  type NumberedStatement,
  neutralPosition,
  neutralText,
  numberStatements,
  readTemplate,
  type Template,
} from "./placeholders.ts";

interface Split {
  readonly template: Template;
  readonly statements: readonly NumberedStatement[];
}

/** Characters of a text that is worth remembering. */
const REMEMBERED = 4_096;

export class Splitter {
  readonly #maximum: number;
  /** In the order they were made or last used. */
  readonly #known = new Map<string, Split>();

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  get size(): number {
    return this.#known.size;
  }

  /**
   * Throws INVALID_ARGUMENT where parameters and placeholders do not go together; `misread` says what to throw of a text that the
   * grammar refuses.
   */
  split(
    session: SqlSession,
    sql: string,
    parameters: Parameters,
    misread: (thrown: unknown, position: (at: number) => number) => unknown,
  ): readonly NumberedStatement[] {
    // Without parameters there are no placeholders to look for: a ? is an operator then, and a $1 is refused by the run.
    const hasValues = parameters.values.size > 0;
    // Only before the bound of a slice does it matter which names are given.
    const isKept = sql.length <= REMEMBERED && !(parameters.named && sql.includes("["));
    const key = `${hasValues ? "+" : "-"}${sql}`;
    const known = isKept ? this.#known.get(key) : undefined;
    if (known !== undefined) {
      this.#known.delete(key);
      this.#known.set(key, known);
      checkParameters(known.template, parameters);
      return known.statements;
    }
    const names = new Set([...parameters.values.keys()].filter((name) => typeof name === "string"));
    const template = hasValues ? readTemplate(sql, names) : { text: sql, placeholders: [], style: null };
    checkParameters(template, parameters);
    const neutral = neutralText(template);
    let statements: readonly NumberedStatement[];
    try {
      statements = numberStatements(template, neutral, session.split(neutral));
    } catch (thrown) {
      throw misread(thrown, (at) => neutralPosition(template, at));
    }
    if (isKept) this.#keep(key, { template, statements });
    return statements;
  }

  #keep(key: string, split: Split): void {
    this.#known.set(key, split);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#maximum) return;
      this.#known.delete(oldest);
    }
  }
}
