// Entry <-> record. The payload is the head and the effects; DESIGN.md has the grammar and an example in hex.
// Deterministic: the same entry gives the same bytes on every machine, because commits are made from what is read back.
import { unreachable } from "../base/assert.ts";
import { ByteReader, ByteWriter, MalformedBytes } from "./bytes.ts";
import type { ColumnDefinition, Effect, Entry, EntryHead, Kind, TableDefinition, UniqueDefinition } from "./entry.ts";
import { frameRecord, RECORD_HEADER_BYTES, recordLength, recordSequence } from "./record.ts";

// First byte of an effect: what it is in the low three bits, details above.
const PUT = 1;
const DELETE = 2;
const DEFINE = 3;
const BRANCH = 4;
const OP_MASK = 7;
const KIND_SHIFT = 3;
const KIND_MASK = 3;
/** put: the body is bytes, not text. */
const RAW = 32;
/** put: an expiry follows. */
const EXPIRES = 64;
/** define, branch: nothing follows the name (dropped, deleted). */
const GONE = 128;

const writer = new ByteWriter();

/** The head alone, as state keeps it. Bytes of `encodeEntryWithHead`'s first argument. */
export function encodeHead(head: EntryHead): Buffer {
  writer.begin();
  writeHead(head);
  return writer.end();
}

/** The inverse of encodeHead. Throws MalformedBytes. */
export function decodeHead(bytes: Uint8Array): EntryHead {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = new ByteReader(buffer, 0, buffer.length);
  const head = readHead(reader);
  if (reader.at !== reader.end) throw new MalformedBytes("a head has bytes left over");
  return head;
}

/** The record of an entry, not yet sealed for a segment. It is handed over: `CommitLog.append` writes into it. */
export function encodeEntry(entry: Entry): Buffer {
  beginRecord();
  writeHead(entry.head);
  return endRecord(entry.head.sequence, entry.effects);
}

/** The same, from a head encoded before: `encodeEntry({head, effects})` and this give the same bytes. */
export function encodeEntryWithHead(head: Buffer, sequence: number, effects: readonly Effect[]): Buffer {
  beginRecord();
  writer.reserve(head.length);
  head.copy(writer.buffer, writer.at);
  writer.at += head.length;
  return endRecord(sequence, effects);
}

/** The entry of the record at `offset`; the checksum is the caller's business (record.ts). Throws MalformedBytes. */
export function decodeEntry(record: Buffer, offset = 0): Entry {
  const reader = new ByteReader(record, offset + RECORD_HEADER_BYTES, offset + recordLength(record, offset));
  const head = readHead(reader);
  if (head.sequence !== recordSequence(record, offset)) throw new MalformedBytes("the head's sequence is not the record's");
  return { head, effects: readEffects(reader) };
}

/** What applying needs of the record at `offset`, the head left as it is (a view). Throws MalformedBytes. */
export function decodeForState(
  record: Buffer,
  offset: number,
): {
  readonly sequence: number;
  readonly time: number;
  readonly head: Buffer;
  readonly effects: Effect[];
} {
  const reader = new ByteReader(record, offset + RECORD_HEADER_BYTES, offset + recordLength(record, offset));
  const start = reader.at;
  const sequence = reader.varint();
  const time = reader.varint();
  skipWords(reader);
  const head = record.subarray(start, reader.at);
  return { sequence, time, head, effects: readEffects(reader) };
}

/** Only the head of the record at `offset`. Throws MalformedBytes. */
export function decodeRecordHead(record: Buffer, offset: number): EntryHead {
  return readHead(new ByteReader(record, offset + RECORD_HEADER_BYTES, offset + recordLength(record, offset)));
}

function beginRecord(): void {
  writer.begin();
  writer.reserve(RECORD_HEADER_BYTES);
  writer.at += RECORD_HEADER_BYTES;
}

function endRecord(sequence: number, effects: readonly Effect[]): Buffer {
  writer.varint(effects.length);
  for (const effect of effects) writeEffect(effect);
  frameRecord(writer.buffer, writer.start, writer.at - writer.start, sequence);
  return writer.end();
}

function writeHead(head: EntryHead): void {
  writer.varint(head.sequence);
  writer.varint(head.time);
  writer.text(head.branch);
  writer.id(head.txId);
  writer.text(head.origin);
  writer.text(head.user);
  writer.text(head.principal);
  writer.id(head.requestId);
  writer.varint(head.flags.length);
  for (const flag of head.flags) writer.text(flag);
  writer.text(head.operation);
  writer.text(head.message);
  writer.text(head.metadata);
}

function readHead(reader: ByteReader): EntryHead {
  const sequence = reader.varint();
  const time = reader.varint();
  const branch = reader.text();
  const txId = reader.id();
  const origin = reader.text();
  const user = reader.text();
  const principal = reader.text();
  const requestId = reader.id();
  const count = reader.varint();
  if (count > reader.end - reader.at) throw new MalformedBytes(`${count} flags do not fit in the head`);
  const flags: string[] = [];
  for (let index = 0; index < count; index++) flags.push(reader.text());
  const operation = reader.text();
  const message = reader.text();
  const metadata = reader.text();
  return { sequence, time, branch, txId, origin, user, principal, requestId, flags, operation, message, metadata };
}

/** Passes over what comes after sequence and time. */
function skipWords(reader: ByteReader): void {
  reader.skipText();
  reader.skipId();
  for (let text = 0; text < 3; text++) reader.skipText();
  reader.skipId();
  const flags = reader.varint();
  if (flags > reader.end - reader.at) throw new MalformedBytes(`${flags} flags do not fit in the head`);
  for (let text = 0; text < flags + 3; text++) reader.skipText();
}

function readEffects(reader: ByteReader): Effect[] {
  const count = reader.varint();
  if (count > reader.end - reader.at) throw new MalformedBytes(`${count} effects do not fit in the record`);
  const effects: Effect[] = [];
  for (let index = 0; index < count; index++) effects.push(readEffect(reader));
  if (reader.at !== reader.end) throw new MalformedBytes("a record has bytes left over");
  return effects;
}

function writeEffect(effect: Effect): void {
  switch (effect.op) {
    case "put": {
      const raw = typeof effect.body !== "string";
      writer.u8(PUT | (effect.kind << KIND_SHIFT) | (raw ? RAW : 0) | (effect.expiresAt > 0 ? EXPIRES : 0));
      writer.text(effect.table);
      writer.text(effect.id);
      if (effect.expiresAt > 0) writer.varint(effect.expiresAt);
      if (typeof effect.body === "string") writer.text(effect.body);
      else writer.bytes(effect.body);
      return;
    }
    case "delete":
      writer.u8(DELETE);
      writer.text(effect.table);
      writer.text(effect.id);
      return;
    case "define":
      writer.u8(DEFINE | (effect.definition === null ? GONE : 0));
      writer.text(effect.table);
      if (effect.definition !== null) writer.text(definitionText(effect.definition));
      return;
    case "branch":
      writer.u8(BRANCH | (effect.head === null ? GONE : 0));
      writer.text(effect.name);
      if (effect.head !== null) writer.varint(effect.head);
      return;
    default:
      return unreachable(effect);
  }
}

function readEffect(reader: ByteReader): Effect {
  const first = reader.u8();
  switch (first & OP_MASK) {
    case PUT: {
      const table = reader.text();
      const id = reader.text();
      const expiresAt = (first & EXPIRES) === 0 ? 0 : reader.varint();
      const body = (first & RAW) === 0 ? reader.text() : reader.bytes();
      return { op: "put", table, id, kind: kindOf((first >> KIND_SHIFT) & KIND_MASK), body, expiresAt };
    }
    case DELETE: {
      const table = reader.text();
      return { op: "delete", table, id: reader.text() };
    }
    case DEFINE: {
      const table = reader.text();
      const definition = (first & GONE) === 0 ? (JSON.parse(reader.text()) as TableDefinition) : null;
      return { op: "define", table, definition };
    }
    case BRANCH: {
      const name = reader.text();
      return { op: "branch", name, head: (first & GONE) === 0 ? reader.varint() : null };
    }
    default:
      throw new MalformedBytes(`${first & OP_MASK} is no kind of effect`);
  }
}

function kindOf(value: number): Kind {
  if (value === 0 || value === 1 || value === 2) return value;
  throw new MalformedBytes(`${value} is no kind of document`);
}

type Whole<T> = { [Name in keyof Required<T>]: T[Name] };

/** JSON with members in a fixed order, whatever order the object was built in. A member added to the type must be added here. */
function definitionText(definition: TableDefinition): string {
  const column = (of: ColumnDefinition): Whole<ColumnDefinition> => ({
    name: of.name,
    type: of.type,
    typmod: of.typmod,
    notNull: of.notNull,
    default: of.default,
  });
  const unique = (of: UniqueDefinition): Whole<UniqueDefinition> => ({ name: of.name, columns: of.columns });
  const key = definition.primaryKey;
  const whole: Whole<TableDefinition> = {
    table: definition.table,
    columns: definition.columns.map(column),
    primaryKey: key === null ? null : unique(key),
    unique: definition.unique.map(unique),
    unversioned: definition.unversioned,
  };
  return JSON.stringify(whole);
}
