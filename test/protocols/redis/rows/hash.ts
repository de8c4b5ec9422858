import { err, OK, type Rows, WRONGTYPE } from "./row.ts";

/** A document as REST or SQL would have stored it. */
const DOCUMENT = ['SET user:1 \'{"name":"Ada","age":36,"price":1.10,"tags":["a"],"none":null}\'', OK] as const;

export const hash: Rows = {
  hset: [
    ["HSET h a 1 b 2", 2],
    ["HSET h a 3 c 4", 1],
    ["HGETALL h", ["a", "3", "b", "2", "c", "4"]],
    ["SET s 1", OK],
    ["HSET s a 1", WRONGTYPE],
    DOCUMENT,
    ["HSET user:1 age 37", 0],
    ["GET user:1", '{"name":"Ada","age":"37","price":1.10,"tags":["a"],"none":null}'],
  ],
  hget: [
    ["HGET h a", null],
    DOCUMENT,
    ["HGET user:1 name", "Ada"],
    ["HGET user:1 price", "1.10"],
    ["HGET user:1 tags", '["a"]'],
    ["HGET user:1 nosuch", null],
  ],
  hmset: [
    ["HMSET h a 1 b 2", OK],
    ["HMSET h a", err("wrong number of arguments for 'hmset' command")],
  ],
  hmget: [
    ["HMGET h a", [null]],
    ["HSET h a 1 b 2", 2],
    ["HMGET h b x a", ["2", null, "1"]],
  ],
  hgetall: [
    ["HGETALL h", []],
    ['HSET h "\\xff" "\\x00\\xfe" "\\\\xff" t', 2],
    ["HGETALL h", [{ hex: "ff" }, { hex: "00fe" }, "\\xff", "t"]],
    DOCUMENT,
    ["HGETALL user:1", ["name", "Ada", "age", "36", "price", "1.10", "tags", '["a"]', "none", "null"]],
  ],
  hkeys: [
    ["HKEYS h", []],
    ["HSET h a 1 b 2", 2],
    ["HKEYS h", ["a", "b"]],
  ],
  hvals: [
    ["HVALS h", []],
    ["HSET h a 1 b 2", 2],
    ["HVALS h", ["1", "2"]],
  ],
  hlen: [
    ["HLEN h", 0],
    ["HSET h a 1 b 2", 2],
    ["HLEN h", 2],
  ],
  hexists: [
    ["HEXISTS h a", 0],
    ["HSET h a 1", 1],
    ["HEXISTS h a", 1],
    ["HEXISTS h b", 0],
  ],
  hstrlen: [
    ["HSTRLEN h a", 0],
    ["HSET h a \u20ac", 1],
    ["HSTRLEN h a", 3],
  ],
  hsetnx: [
    ["HSETNX h a 1", 1],
    ["HSETNX h a 2", 0],
    ["HGET h a", "1"],
  ],
  hdel: [
    ["HDEL h a", 0],
    ["HSET h a 1 b 2", 2],
    ["HDEL h a a x", 1],
    ["HDEL h b", 1],
    ["EXISTS h", 0],
    ["SET d '{\"a\":1}'", OK],
    ["HDEL d a", 1],
    ["GET d", "{}"],
  ],
  hincrby: [
    ["HINCRBY h n 5", 5],
    ["HINCRBY h n -7", -2],
    ["HGET h n", "-2"],
    ["HSET h s x", 1],
    ["HINCRBY h s 1", err("hash value is not an integer")],
    DOCUMENT,
    ["HINCRBY user:1 age 1", 37],
    ["GET user:1", '{"name":"Ada","age":37,"price":1.10,"tags":["a"],"none":null}'],
  ],
  hincrbyfloat: [
    ["HINCRBYFLOAT h n 1.5", "1.5"],
    ["HINCRBYFLOAT h n x", err("value is not a valid float")],
    ["HSET h s x", 1],
    ["HINCRBYFLOAT h s 1", err("hash value is not a float")],
  ],
  hscan: [
    ["HSCAN h 0", ["0", []]],
    ["HSET h a 1 b 2", 2],
    ["HSCAN h 0", ["0", ["a", "1", "b", "2"]]],
    ["HSCAN h 0 MATCH b", ["0", ["b", "2"]]],
    ["HSCAN h x", err("invalid cursor")],
  ],
};
