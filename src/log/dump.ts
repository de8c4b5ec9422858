// The log as lines for people (`chrondb log dump`): what is there, where, without values. Works on a stopped or running server
// and on a damaged log: what does not check is said in a line of its own and the next segment is gone on with.
import { isoMicros } from "../base/clock.ts";
import { ChronError, messageOf } from "../base/errors.ts";
import type { Files } from "../base/files.ts";
import { joinKey } from "../base/keys.ts";
import type { Effect, Entry, PutEffect } from "./entry.ts";
import { KIND } from "./entry.ts";
import { RecordCursor } from "./reader.ts";
import { listSegments, type Segment } from "./segment.ts";

export interface DumpOptions {
  readonly files: Files;
  /** One JSON object a line instead of text. */
  readonly json?: boolean;
  /** Bodies too. They may be secret, so only when asked. */
  readonly values?: boolean;
  /** Only entries after this sequence. */
  readonly after?: number;
  /** Only entries up to this sequence. */
  readonly upTo?: number;
}

/** Effects shown in a line of text; JSON has them all. */
const SHOWN_EFFECTS = 20;
const KIND_NAMES = Object.fromEntries(Object.entries(KIND).map(([name, value]) => [value, name]));

/** Lines without line ends: one an entry, in order. Throws CORRUPT when a segment's header is unreadable. */
export function* dumpLog(directory: string, options: DumpOptions): Generator<string, void, void> {
  const segments = listSegments(options.files, directory);
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next !== undefined && next.firstSequence <= (options.after ?? 0) + 1) continue;
    if (segment.firstSequence > (options.upTo ?? Number.POSITIVE_INFINITY)) return;
    yield* dumpSegment(segment, next, options);
  }
}

function* dumpSegment(segment: Segment, next: Segment | undefined, options: DumpOptions): Generator<string, void, void> {
  const file = options.files.open(segment.file, "read");
  try {
    const cursor = new RecordCursor(file, segment.salt);
    let sequence = segment.firstSequence;
    for (; cursor.find(sequence); sequence++) {
      if (sequence > (options.upTo ?? Number.POSITIVE_INFINITY)) return;
      if (sequence > (options.after ?? 0)) {
        const entry = readable(cursor);
        if (typeof entry === "string") yield problem(segment, cursor.offset, entry, options);
        else
          yield options.json
            ? jsonLine(segment, cursor.offset, entry, options)
            : textLine(segment, cursor.offset, entry, options);
      }
      cursor.advance();
    }
    if (next !== undefined && next.firstSequence !== sequence) {
      const what = `no valid record of entry ${sequence} here, and the next segment begins with entry ${next.firstSequence}`;
      yield problem(segment, cursor.offset, what, options);
    }
  } finally {
    file.close();
  }
}

function readable(cursor: RecordCursor): Entry | string {
  try {
    return cursor.entry();
  } catch (thrown) {
    if (thrown instanceof ChronError) return messageOf(thrown);
    throw thrown;
  }
}

function problem(segment: Segment, byte: number, what: string, options: DumpOptions): string {
  if (options.json) return JSON.stringify({ segment: segment.number, byte, problem: what });
  return `${place(segment, byte)}  DAMAGED  ${what}`;
}

function place(segment: Segment, byte: number): string {
  return `${segment.number}:${byte}`;
}

function textLine(segment: Segment, byte: number, entry: Entry, options: DumpOptions): string {
  const { head, effects } = entry;
  const who = head.principal === "" ? "" : ` by ${quoted(head.principal)}`;
  const flags = head.flags.length === 0 ? "" : ` [${head.flags.map(quoted).join(" ")}]`;
  const shown = effects.slice(0, SHOWN_EFFECTS).map((effect) => effectText(effect, options));
  const more = effects.length > SHOWN_EFFECTS ? [`and ${effects.length - SHOWN_EFFECTS} more`] : [];
  const what = `${quoted(head.branch)} ${quoted(head.origin)} ${quoted(head.operation)}${who}${flags}`;
  return `${place(segment, byte)}  #${head.sequence}  ${isoMicros(head.time)}  ${what}  ${[...shown, ...more].join(", ")}`;
}

/** Words stand as they are; anything that could break a line or pretend to be another field is quoted. */
function quoted(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : JSON.stringify(text);
}

function effectText(effect: Effect, options: DumpOptions): string {
  switch (effect.op) {
    case "put": {
      const expires = effect.expiresAt === 0 ? "" : ` until ${isoMicros(effect.expiresAt * 1000)}`;
      const value = options.values ? ` ${JSON.stringify(bodyText(effect))}` : "";
      return `put ${quoted(joinKey(effect.table, effect.id))} (${KIND_NAMES[effect.kind]}, ${bodyBytes(effect)} bytes${expires})${value}`;
    }
    case "delete":
      return `delete ${quoted(joinKey(effect.table, effect.id))}`;
    case "define":
      if (effect.definition === null) return `drop table ${quoted(effect.table)}`;
      return `define table ${quoted(effect.table)} (${effect.definition.columns.map((column) => column.name).join(" ")})`;
    case "branch":
      return effect.head === null ? `delete branch ${quoted(effect.name)}` : `branch ${quoted(effect.name)} at ${effect.head}`;
  }
}

function jsonLine(segment: Segment, byte: number, entry: Entry, options: DumpOptions): string {
  const { time, ...head } = entry.head;
  const effects = entry.effects.map((effect) => {
    if (effect.op !== "put") return effect;
    const { body, kind, ...rest } = effect;
    const value = options.values ? { body: bodyText(effect), encoding: typeof body === "string" ? "utf8" : "base64" } : {};
    return { ...rest, kind: KIND_NAMES[kind], bytes: bodyBytes(effect), ...value };
  });
  return JSON.stringify({ segment: segment.number, byte, time: isoMicros(time), ...head, effects });
}

function bodyBytes(effect: PutEffect): number {
  return typeof effect.body === "string" ? Buffer.byteLength(effect.body) : effect.body.length;
}

function bodyText(effect: PutEffect): string {
  return typeof effect.body === "string" ? effect.body : effect.body.toString("base64");
}
