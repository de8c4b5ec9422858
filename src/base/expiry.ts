// When a document with an expiry is alive: one rule for now and for any asked past time.

/** `expiresAt` in milliseconds since 1970, 0 = never. A document is gone from its expiry millisecond on, as in Redis. */
export function isLive(expiresAt: number, nowMs: number): boolean {
  return expiresAt === 0 || expiresAt > nowMs;
}
