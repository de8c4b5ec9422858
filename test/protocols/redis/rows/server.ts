import { err, near, OK, type Rows } from "./row.ts";

const hasText =
  (text: string) =>
  (reply: unknown): boolean =>
    JSON.stringify(reply).includes(text);

export const server: Rows = {
  time: [["TIME", (reply) => Array.isArray(reply) && reply.length === 2 && /^\d{10}$/.test(String(reply[0]))]],
  dbsize: [
    ["DBSIZE", 0],
    ["MSET a 1 user:1 2", OK],
    ["DBSIZE", 2],
  ],
  flushdb: [
    ["MSET a 1 user:1 2", OK],
    ["FLUSHDB", OK],
    ["DBSIZE", 0],
    ["FLUSHDB x", err("syntax error")],
  ],
  flushall: [
    ["MSET a 1 user:1 2", OK],
    ["FLUSHALL ASYNC", OK],
    ["KEYS *", []],
  ],
  info: [
    ["INFO", hasText("redis_version:7.2.4")],
    ["INFO server", hasText("chrondb_version:9.9.9")],
    ["INFO persistence", hasText("loading:0")],
    ["INFO cluster", "# Cluster\r\ncluster_enabled:0\r\n"],
    ["SET a 1", OK],
    ["INFO keyspace stats", hasText("db0:keys=1")],
    ["INFO nosuch", ""],
  ],
  "config|get": [
    ["CONFIG GET save", ["save", ""]],
    ["CONFIG GET appendonly", ["appendonly", "yes"]],
    ["CONFIG GET max*", hasText("maxclients")],
    ["CONFIG GET nosuch", []],
  ],
  "config|set": [
    ["CONFIG SET maxmemory 1", hasText("CONFIG SET failed")],
    ["CONFIG SET a", err("wrong number of arguments for 'config|set' command")],
  ],
  "config|rewrite": [["CONFIG REWRITE", hasText("does not write its configuration file")]],
  "config|resetstat": [
    ["CONFIG RESETSTAT", OK],
    ["INFO stats", hasText("total_commands_processed:1\\r\\n")],
  ],
  "config|help": [["CONFIG HELP", hasText("RESETSTAT")]],
  command: [["COMMAND", (reply) => Array.isArray(reply) && reply.length > 70]],
  "command|count": [["COMMAND COUNT", (reply) => typeof reply === "number" && reply > 70]],
  "command|info": [
    [
      "COMMAND INFO get nosuch",
      (reply) =>
        Array.isArray(reply) &&
        JSON.stringify((reply[0] as unknown[]).slice(0, 6)) === '["get",2,[{"status":"readonly"},{"status":"fast"}],1,1,1]' &&
        reply[1] === null,
    ],
    ["COMMAND INFO client|id", hasText('"client|id",2')],
  ],
  "command|docs": [
    ["COMMAND DOCS get", hasText('"since","1.0.0"')],
    ["COMMAND DOCS nosuch", []],
    ["COMMAND DOCS client", hasText("client|getname")],
  ],
  "command|list": [
    ["COMMAND LIST FILTERBY PATTERN hincr*", ["hincrby", "hincrbyfloat"]],
    ["COMMAND LIST FILTERBY ACLCAT transaction", ["discard", "exec", "multi", "unwatch", "watch"]],
    ["COMMAND LIST FILTERBY MODULE x", []],
    ["COMMAND LIST x", err("syntax error")],
  ],
  "command|getkeys": [
    ["COMMAND GETKEYS MSET a 1 b 2", ["a", "b"]],
    ["COMMAND GETKEYS OBJECT ENCODING k", ["k"]],
    ["COMMAND GETKEYS PING x", err("The command has no key arguments")],
    ["COMMAND GETKEYS NOSUCH x", err("Invalid command specified")],
  ],
  "command|getkeysandflags": [["COMMAND GETKEYSANDFLAGS GET a", [["a", [{ status: "RO" }, { status: "access" }]]]]],
  "command|help": [["COMMAND HELP", hasText("GETKEYS")]],
  "memory|usage": [
    ["MEMORY USAGE a", null],
    ["SET a 12345", OK],
    ["MEMORY USAGE a", near(54, 40)],
    ["MEMORY USAGE a SAMPLES x", err("value is not an integer or out of range")],
  ],
  "memory|help": [["MEMORY HELP", hasText("USAGE")]],
  "slowlog|get": [
    ["SLOWLOG GET", []],
    ["SLOWLOG GET -2", err("count should be greater than or equal to -1")],
  ],
  "slowlog|len": [["SLOWLOG LEN", 0]],
  "slowlog|reset": [["SLOWLOG RESET", OK]],
  "slowlog|help": [["SLOWLOG HELP", hasText("RESET")]],
  "function|flush": [
    ["FUNCTION FLUSH", OK],
    ["FUNCTION FLUSH x", err("FUNCTION FLUSH only supports SYNC|ASYNC option")],
  ],
  "function|list": [
    ["FUNCTION LIST", []],
    ["FUNCTION LIST LIBRARYNAME", err("library name argument was not given")],
  ],
  "function|help": [["FUNCTION HELP", hasText("FLUSH")]],
};
