// The only source of randomness. Nothing random is decided after a log record is written.
import { randomBytes, randomUUID } from "node:crypto";

export interface Random {
  uuid(): string;
  bytes(length: number): Buffer;
}

export const systemRandom: Random = { uuid: () => randomUUID(), bytes: (length) => randomBytes(length) };
