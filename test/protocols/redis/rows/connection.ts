import { err, OK, type Rows } from "./row.ts";

const isText = (reply: unknown): boolean => typeof reply === "string";
const isLine = (reply: unknown): boolean => typeof reply === "string" && /^id=\d+ addr=127\.0\.0\.1:\d+ /.test(reply);

export const connection: Rows = {
  ping: [
    ["PING", { status: "PONG" }],
    ["ping hi", "hi"],
    ["PING a b", err("wrong number of arguments for 'ping' command")],
  ],
  echo: [
    ["ECHO hi", "hi"],
    ["ECHO", err("wrong number of arguments for 'echo' command")],
  ],
  hello: [
    ["HELLO 4", { error: "NOPROTO unsupported protocol version" }],
    ["HELLO x", err("Protocol version is not an integer or out of range")],
    ["HELLO 2 SETNAME bob", (reply) => Array.isArray(reply) && reply[0] === "server" && reply.includes("7.2.4")],
    ["CLIENT GETNAME", "bob"],
    ["HELLO 3", (reply) => JSON.stringify(reply).startsWith('{"map":["server","redis"')],
    ["HELLO 2 FOO", err("Syntax error in HELLO option 'FOO'")],
  ],
  auth: [
    ["AUTH any", OK],
    ["AUTH any body", OK],
    ["AUTH a b c", err("syntax error")],
  ],
  select: [
    ["SELECT 0", OK],
    ["SELECT 1", err("DB index is out of range")],
    ["SELECT x", err("value is not an integer or out of range")],
  ],
  reset: [
    ["CLIENT SETNAME bob", OK],
    ["MULTI", OK],
    ["RESET", { status: "RESET" }],
    ["CLIENT GETNAME", null],
    ["EXEC", err("EXEC without MULTI")],
  ],
  quit: [["QUIT", OK]],
  "client|id": [["CLIENT ID", (reply) => typeof reply === "number" && reply > 0]],
  "client|getname": [
    ["CLIENT GETNAME", null],
    ["CLIENT SETNAME bob", OK],
    ["CLIENT GETNAME", "bob"],
  ],
  "client|setname": [
    ['CLIENT SETNAME "a b"', err("Client names cannot contain spaces, newlines or special characters.")],
    ['CLIENT SETNAME ""', OK],
  ],
  "client|setinfo": [
    ["CLIENT SETINFO LIB-NAME ioredis", OK],
    ["CLIENT SETINFO lib-ver 1.2", OK],
    ["CLIENT INFO", (reply) => typeof reply === "string" && reply.includes("lib-name=ioredis lib-ver=1.2")],
    ["CLIENT SETINFO FOO x", err("Unrecognized option 'FOO'")],
    ['CLIENT SETINFO LIB-NAME "a b"', err("lib-name cannot contain spaces, newlines or special characters.")],
  ],
  "client|info": [["CLIENT INFO", isLine]],
  "client|list": [
    ["CLIENT LIST", isLine],
    ["CLIENT LIST TYPE normal", isLine],
    ["CLIENT LIST TYPE master", ""],
    ["CLIENT LIST ID 99999", ""],
    ["CLIENT LIST ID x", err("Invalid client ID")],
  ],
  "client|kill": [
    ["CLIENT KILL ID 99999", 0],
    ["CLIENT KILL 1.2.3.4:5", err("No such client")],
    ["CLIENT KILL FOO x", err("syntax error")],
  ],
  "client|no-evict": [
    ["CLIENT NO-EVICT ON", OK],
    ["CLIENT NO-EVICT x", err("syntax error")],
  ],
  "client|reply": [
    ["CLIENT REPLY ON", OK],
    ["CLIENT REPLY x", err("syntax error")],
    ["MULTI", OK],
    ["CLIENT REPLY OFF", err("Command not allowed inside a transaction")],
  ],
  "client|getredir": [["CLIENT GETREDIR", -1]],
  "client|help": [["CLIENT HELP", (reply) => Array.isArray(reply) && isText(reply[0]) && reply.includes("GETNAME")]],
};
