// The Redis door: RESP2 and RESP3, for every client library of Redis.
export type { Authenticator } from "./authenticator.ts";
export { type RedisDoor, type RedisDoorParts, startRedisDoor } from "./listener.ts";
