// `$1`, `?` and `:name` in a text of statements. They are found among the tokens of PostgreSQL's own grammar, so strings, comments,
// casts, quoted names, slices and jsonb's `?` operators stay what they are; each statement is then written with `$1` to `$n`.
import { ChronError } from "../../../base/errors.ts";
import { scan } from "../../../sql/parse/parser.ts";
import { endsOperand, isComment, isWord, type Token } from "./operands.ts";

export type Style = "$1" | "?" | ":name";

/** A placeholder in the text: offsets are those of JavaScript strings. */
interface Placeholder {
  readonly style: Style;
  readonly start: number;
  readonly end: number;
  /** Which parameter: counted from 0, or a name. */
  readonly slot: number | string;
}

export interface Template {
  readonly text: string;
  /** In the order they stand. */
  readonly placeholders: readonly Placeholder[];
  /** Null: there are none. */
  readonly style: Style | null;
}

/** A statement as the SQL room takes it. */
export interface NumberedStatement {
  readonly text: string;
  /** What `$1`, `$2` … stand for. */
  readonly slots: readonly (number | string)[];
  /** A position (characters from 1) in `text` as one in the text the client sent. */
  position(at: number): number;
}

/** Operators with a question mark that stand between two operands. */
const OPERATORS: ReadonlySet<string> = new Set(["?", "?|", "?&", "@?"]);

/** Finds the placeholders. `names`: those given, which tell `a[:n]` from a slice. Throws INVALID_ARGUMENT where styles are mixed. */
export function readTemplate(text: string, names: ReadonlySet<string>): Template {
  const tokens = scan(text).filter((token) => !isComment(token));
  const index = stringIndex(text);
  const found: Placeholder[] = [];
  let questions = 0;
  let complete = false;
  let before: Token | undefined;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === undefined) break;
    const next = tokens[at + 1];
    if (token.tokenName === "PARAM") {
      found.push({ style: "$1", start: index(token.start), end: index(token.end), slot: Number(token.text.slice(1)) - 1 });
    } else if (token.text === ":" && next !== undefined && next.start === token.end && isWord(next) && !complete) {
      if (before?.text !== "[" || names.has(next.text)) {
        found.push({ style: ":name", start: index(token.start), end: index(next.end), slot: next.text });
        before = next;
        complete = true;
        at++;
        continue;
      }
    } else if (token.keywordName === "NO_KEYWORD" && token.tokenName === "UNKNOWN" && token.text.includes("?")) {
      const start = index(token.start);
      const read = questionMarks(token.text, complete);
      for (const place of read.places)
        found.push({ style: "?", start: start + place, end: start + place + 1, slot: questions++ });
      complete = read.complete;
      before = token;
      continue;
    }
    complete = endsOperand(token);
    before = token;
  }
  return { text, placeholders: found, style: oneStyle(found) };
}

/** The question marks of an operator's token that are placeholders: the scanner reads `=?` as one operator. */
function questionMarks(text: string, after: boolean): { places: number[]; complete: boolean } {
  const places: number[] = [];
  let complete = after;
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    if (!complete && rest.startsWith("?")) {
      places.push(at++);
      complete = true;
    } else if (OPERATORS.has(rest) || !rest.endsWith("?")) {
      return { places, complete: false };
    } else {
      // An operator, then a placeholder at its very end.
      places.push(text.length - 1);
      return { places, complete: true };
    }
  }
  return { places, complete };
}

function oneStyle(found: readonly Placeholder[]): Style | null {
  const [first] = found;
  if (first === undefined) return null;
  const other = found.find(({ style }) => style !== first.style);
  if (other === undefined) return first.style;
  throw new ChronError(
    "INVALID_ARGUMENT",
    `The statement mixes placeholders of two kinds, ${first.style} and ${other.style}; use one of $1, ? and :name throughout.`,
  );
}

/** Turns byte offsets, which must not fall, into offsets of the string. */
function stringIndex(text: string): (byte: number) => number {
  if (!/[^\u0000-\u007f]/.test(text)) return (byte) => byte;
  const bytes = Buffer.from(text, "utf8");
  let lastByte = 0;
  let lastIndex = 0;
  return (byte) => {
    lastIndex += bytes.toString("utf8", lastByte, byte).length;
    lastByte = byte;
    return lastIndex;
  };
}

/** The whole text with each parameter as its own `$n`: what the grammar splits. */
export function neutralText(template: Template): string {
  return numbered(template, 0, template.text.length, slotsOf(template)).text;
}

/** The statements of the neutral text, each with its own parameters from `$1`. */
export function numberStatements(template: Template, neutral: string, pieces: readonly string[]): NumberedStatement[] {
  const original = originalIndex(template, neutral);
  let from = 0;
  return pieces.map((piece) => {
    const at = Math.max(from, neutral.indexOf(piece, from));
    from = at + piece.length;
    const [start, end] = [original(at), original(from)];
    const own = template.placeholders.filter((placeholder) => placeholder.start >= start && placeholder.end <= end);
    const slots = slotsOf({ placeholders: own });
    const written = numbered(template, start, end, slots);
    return { text: written.text, slots, position: written.position };
  });
}

/** A position in the neutral text as one in the text the client sent. */
export function neutralPosition(template: Template, position: number): number {
  return numbered(template, 0, template.text.length, slotsOf(template)).position(position);
}

/** In order of appearance, but numbers in theirs: `$2, $1` alone stays as it is. */
function slotsOf({ placeholders }: Pick<Template, "placeholders">): (number | string)[] {
  const slots = [...new Set(placeholders.map(({ slot }) => slot))];
  return slots.sort((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : 0));
}

/** A part of the text with its placeholders numbered by `slots`. */
function numbered(
  { text, placeholders }: Template,
  start: number,
  end: number,
  slots: readonly (number | string)[],
): { text: string; position: (at: number) => number } {
  const numbers = new Map(slots.map((slot, at) => [slot, `$${at + 1}`]));
  /** Where pieces that were left as they are begin, here and there. */
  const kept: { here: number; there: number }[] = [{ here: 0, there: start }];
  let out = "";
  let from = start;
  for (const placeholder of placeholders) {
    if (placeholder.start < start || placeholder.end > end) continue;
    out += text.slice(from, placeholder.start);
    kept.push({ here: out.length, there: placeholder.start });
    // A letter or digit right behind would be read as part of the number.
    out += `${numbers.get(placeholder.slot) ?? "$1"}${/[\w$]/.test(text[placeholder.end] ?? "") ? " " : ""}`;
    kept.push({ here: out.length, there: placeholder.end });
    from = placeholder.end;
  }
  out += text.slice(from, end);
  const position = (at: number): number => {
    const here = indexOfCharacter(out, at - 1);
    const piece = kept.findLast((one) => one.here <= here) ?? { here: 0, there: start };
    const next = kept.find((one) => one.here > here);
    const there = Math.min(piece.there + (here - piece.here), next?.there ?? end);
    return characters(text.slice(0, there)) + 1;
  };
  return { text: out, position };
}

/** Offsets of the neutral text as offsets of the template's. */
function originalIndex(template: Template, neutral: string): (at: number) => number {
  const { position } = numbered(template, 0, template.text.length, slotsOf(template));
  return (at) => indexOfCharacter(template.text, position(characters(neutral.slice(0, at)) + 1) - 1);
}

/** Characters as PostgreSQL counts them: code points. */
function characters(text: string): number {
  return /[\ud800-\udbff]/.test(text) ? [...text].length : text.length;
}

function indexOfCharacter(text: string, count: number): number {
  if (!/[\ud800-\udbff]/.test(text)) return count;
  let at = 0;
  for (let left = count; left > 0 && at < text.length; left--) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}
