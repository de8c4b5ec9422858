// Numbers of the PostgreSQL frontend/backend protocol 3.0, in one place.
import type { LimitName } from "../../../base/limits.ts";

export const PROTOCOL_3_0 = 196_608;
/** Special values in the place of a version, sent before anything else. */
export const CANCEL_REQUEST = 80_877_102;
export const SSL_REQUEST = 80_877_103;
export const GSSENC_REQUEST = 80_877_104;

/** Type byte of a frontend message. */
export const FRONTEND = {
  query: 0x51,
  parse: 0x50,
  bind: 0x42,
  describe: 0x44,
  execute: 0x45,
  close: 0x43,
  flush: 0x48,
  sync: 0x53,
  terminate: 0x58,
  /** PasswordMessage, SASLInitialResponse and SASLResponse share it: which one it is follows from the exchange. */
  password: 0x70,
  functionCall: 0x46,
  copyData: 0x64,
  copyDone: 0x63,
  copyFail: 0x66,
} as const;

/** Bytes that frame a message: its type and its length (which counts itself). */
export const HEADER_BYTES = 5;

/** A value's form on the wire. */
export type Format = 0 | 1;
export const TEXT: Format = 0;
export const BINARY: Format = 1;

/**
 * The peer broke the protocol. `lost`: where the next message begins is unknown, so the connection must end; otherwise only
 * this message is refused.
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly sqlstate: string;
  readonly lost: boolean;
  /** The limit that was reached, for the door to count. */
  readonly limit: LimitName | null;
  constructor(message: string, options: { sqlstate?: string; lost?: boolean; limit?: LimitName } = {}) {
    super(message);
    this.sqlstate = options.sqlstate ?? "08P01";
    this.lost = options.lost ?? false;
    this.limit = options.limit ?? null;
  }
}
