// What a client sends after startup, as values.
import { Fields } from "./fields.ts";
import { BINARY, type Format, FRONTEND, ProtocolError, TEXT } from "./protocol.ts";

/** A parameter: text as a string, binary as bytes. */
export type WireParameter = string | Buffer | null;

export type FrontendMessage =
  | { readonly type: "query"; readonly text: string }
  | { readonly type: "parse"; readonly name: string; readonly text: string; readonly parameterOids: readonly number[] }
  | {
      readonly type: "bind";
      readonly portal: string;
      readonly statement: string;
      readonly parameters: readonly WireParameter[];
      /** None: all text; one: for all columns; else one a column. */
      readonly resultFormats: readonly Format[];
    }
  | { readonly type: "describe"; readonly what: "statement" | "portal"; readonly name: string }
  | { readonly type: "execute"; readonly portal: string; readonly maxRows: number }
  | { readonly type: "close"; readonly what: "statement" | "portal"; readonly name: string }
  | { readonly type: "flush" }
  | { readonly type: "sync" }
  | { readonly type: "terminate" }
  | { readonly type: "password"; readonly body: Buffer }
  | { readonly type: "functionCall" }
  | { readonly type: "copyData"; readonly data: Buffer }
  | { readonly type: "copyDone" }
  | { readonly type: "copyFail"; readonly reason: string };

const FLUSH: FrontendMessage = { type: "flush" };
const SYNC: FrontendMessage = { type: "sync" };
const TERMINATE: FrontendMessage = { type: "terminate" };
const FUNCTION_CALL: FrontendMessage = { type: "functionCall" };
const COPY_DONE: FrontendMessage = { type: "copyDone" };

const ALL_TEXT: readonly Format[] = [];
const NO_OIDS: readonly number[] = [];
const NO_PARAMETERS: readonly WireParameter[] = [];

/** Whether the type byte may start a message at all; checked before waiting for the body, so that garbage is found at once. */
export function isFrontendType(type: number): boolean {
  return KNOWN.has(type);
}
const KNOWN: ReadonlySet<number> = new Set(Object.values(FRONTEND));

/** Decodes the body in `bytes[start, end)` of a message of the given type. Throws ProtocolError. */
export function decodeFrontend(type: number, bytes: Buffer, start: number, end: number): FrontendMessage {
  switch (type) {
    case FRONTEND.bind:
      return decodeBind(new Fields(bytes, start, end));
    case FRONTEND.execute: {
      const fields = new Fields(bytes, start, end);
      const portal = fields.cstring();
      const maxRows = fields.int32();
      fields.finish();
      // Zero and negative both mean "all rows".
      return { type: "execute", portal, maxRows: Math.max(0, maxRows) };
    }
    case FRONTEND.describe:
    case FRONTEND.close: {
      const fields = new Fields(bytes, start, end);
      const kind = fields.uint8();
      const name = fields.cstring();
      fields.finish();
      const verb = type === FRONTEND.describe ? "describe" : "close";
      if (kind !== 0x53 && kind !== 0x50) {
        throw new ProtocolError(`invalid ${verb.toUpperCase()} message subtype ${kind}`);
      }
      return { type: verb, what: kind === 0x53 ? "statement" : "portal", name };
    }
    case FRONTEND.sync:
      return bare(SYNC, start, end);
    case FRONTEND.query: {
      const fields = new Fields(bytes, start, end);
      const text = fields.cstring();
      fields.finish();
      return { type: "query", text };
    }
    case FRONTEND.parse:
      return decodeParse(new Fields(bytes, start, end));
    case FRONTEND.flush:
      return bare(FLUSH, start, end);
    case FRONTEND.terminate:
      return TERMINATE;
    case FRONTEND.password:
      return { type: "password", body: Buffer.from(bytes.subarray(start, end)) };
    case FRONTEND.functionCall:
      return FUNCTION_CALL;
    case FRONTEND.copyData:
      return { type: "copyData", data: Buffer.from(bytes.subarray(start, end)) };
    case FRONTEND.copyDone:
      return bare(COPY_DONE, start, end);
    case FRONTEND.copyFail: {
      const fields = new Fields(bytes, start, end);
      const reason = fields.cstring();
      fields.finish();
      return { type: "copyFail", reason };
    }
    default:
      throw new ProtocolError(`invalid frontend message type ${type}`, { lost: true });
  }
}

function bare(message: FrontendMessage, start: number, end: number): FrontendMessage {
  if (start !== end) throw new ProtocolError("invalid message format");
  return message;
}

function decodeParse(fields: Fields): FrontendMessage {
  const name = fields.cstring();
  const text = fields.cstring();
  const count = fields.uint16();
  let parameterOids = NO_OIDS;
  if (count > 0) {
    const oids: number[] = [];
    for (let index = 0; index < count; index++) oids.push(fields.uint32());
    parameterOids = oids;
  }
  fields.finish();
  return { type: "parse", name, text, parameterOids };
}

function decodeBind(fields: Fields): FrontendMessage {
  const portal = fields.cstring();
  const statement = fields.cstring();
  const formats = decodeFormats(fields);
  const count = fields.uint16();
  if (formats.length > 1 && formats.length !== count) {
    throw new ProtocolError(`bind message has ${formats.length} parameter formats but ${count} parameters`);
  }
  let parameters = NO_PARAMETERS;
  if (count > 0) {
    const only = formats.length === 1 ? formats[0] : TEXT;
    const values: WireParameter[] = [];
    for (let index = 0; index < count; index++) {
      const length = fields.int32();
      const format = formats.length > 1 ? formats[index] : only;
      if (length === -1) values.push(null);
      else values.push(format === BINARY ? fields.copy(length) : fields.text(length));
    }
    parameters = values;
  }
  const resultFormats = decodeFormats(fields);
  fields.finish();
  return { type: "bind", portal, statement, parameters, resultFormats };
}

function decodeFormats(fields: Fields): readonly Format[] {
  const count = fields.uint16();
  if (count === 0) return ALL_TEXT;
  const formats: Format[] = [];
  for (let index = 0; index < count; index++) {
    const code = fields.int16();
    if (code !== TEXT && code !== BINARY) {
      throw new ProtocolError(`unsupported format code: ${code}`, { sqlstate: "22023" });
    }
    formats.push(code);
  }
  return formats;
}
