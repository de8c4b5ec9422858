import { err, near, OK, type Rows } from "./row.ts";

const days = 86_400;
const future = 4_102_444_800;

export const generic: Rows = {
  del: [
    ["MSET a 1 b 2", OK],
    ["DEL a b none", 2],
    ["EXISTS a b", 0],
  ],
  unlink: [
    ["SET a 1", OK],
    ["UNLINK a a", 1],
  ],
  exists: [
    ["SET user:1 1", OK],
    ["EXISTS user:1 user:1 user:2", 2],
  ],
  type: [
    ["TYPE a", { status: "none" }],
    ["SET a 1", OK],
    ["TYPE a", { status: "string" }],
    ["SET a '{\"x\":1}'", OK],
    ["TYPE a", { status: "string" }],
    ["HSET h f v", 1],
    ["TYPE h", { status: "hash" }],
  ],
  expire: [
    ["EXPIRE a 10", 0],
    ["SET a 1", OK],
    ["EXPIRE a 100 XX", 0],
    ["EXPIRE a 100 NX", 1],
    ["EXPIRE a 50 GT", 0],
    ["EXPIRE a 50 LT", 1],
    ["TTL a", 50],
    ["EXPIRE a 10 NX XX", err("NX and XX, GT or LT options at the same time are not compatible")],
    ["EXPIRE a -1", 1],
    ["EXISTS a", 0],
  ],
  pexpire: [
    ["SET a 1", OK],
    ["PEXPIRE a 100000", 1],
    ["PTTL a", near(100_000, 2_000)],
    ["PEXPIRE a 9223372036854775807", err("invalid expire time in 'pexpire' command")],
  ],
  expireat: [
    ["SET a 1", OK],
    [`EXPIREAT a ${future}`, 1],
    ["EXPIRETIME a", future],
    ["EXPIREAT a 1", 1],
    ["EXISTS a", 0],
  ],
  pexpireat: [
    ["SET a 1", OK],
    [`PEXPIREAT a ${future}123`, 1],
    ["PEXPIRETIME a", future * 1000 + 123],
  ],
  ttl: [
    ["TTL a", -2],
    ["SET a 1", OK],
    ["TTL a", -1],
    ["SET a 1 EX 100", OK],
    ["TTL a", near(100, 2)],
  ],
  pttl: [
    ["PTTL a", -2],
    ["SET a 1 EX 100", OK],
    ["PTTL a", near(100_000, 2_000)],
  ],
  expiretime: [
    ["EXPIRETIME a", -2],
    ["SET a 1 EX 86400", OK],
    ["EXPIRETIME a", (reply) => typeof reply === "number" && reply > days],
  ],
  pexpiretime: [
    ["PEXPIRETIME a", -2],
    ["SET a 1", OK],
    ["PEXPIRETIME a", -1],
  ],
  persist: [
    ["SET a 1 EX 100", OK],
    ["PERSIST a", 1],
    ["PERSIST a", 0],
    ["TTL a", -1],
  ],
  scan: [
    ["MSET a 1 user:1 2 user:2 3", OK],
    ["HSET user:3 f v", 1],
    ["SCAN 0 MATCH user:*", ["0", ["user:1", "user:2", "user:3"]]],
    ["SCAN 0 TYPE hash COUNT 100", ["0", ["user:3"]]],
    [
      "SCAN 0 MATCH [au]* TYPE string COUNT 100",
      (reply) => JSON.stringify(reply).includes("user:2") && JSON.stringify(reply).includes('"a"'),
    ],
    ["SCAN x", err("invalid cursor")],
    ["SCAN 4242", err("the cursor 4242 is not known (any more); begin again with SCAN 0")],
  ],
  keys: [
    ["MSET user:1 1 user:22 2 other 3", OK],
    ["KEYS user:?", ["user:1"]],
    ["KEYS o*", ["other"]],
    ["KEYS none*", []],
  ],
  "object|encoding": [
    ["SET a 12", OK],
    ["OBJECT ENCODING a", "int"],
    ["SET a x", OK],
    ["OBJECT ENCODING a", "embstr"],
    ["HSET h f v", 1],
    ["OBJECT ENCODING h", "listpack"],
    ["OBJECT ENCODING none", null],
  ],
  "object|refcount": [
    ["OBJECT REFCOUNT a", null],
    ["SET a x", OK],
    ["OBJECT REFCOUNT a", 1],
  ],
  "object|idletime": [
    ["OBJECT IDLETIME a", null],
    ["SET a x", OK],
    ["OBJECT IDLETIME a", near(0, 2)],
  ],
  "object|freq": [
    ["OBJECT FREQ a", null],
    ["SET a x", OK],
    ["OBJECT FREQ a", (reply) => JSON.stringify(reply).includes("LFU maxmemory policy is not selected")],
  ],
  "object|help": [["OBJECT HELP", (reply) => Array.isArray(reply) && reply.includes("ENCODING")]],
};
