// Every command of the Redis door. A command is a file of its own, one import and one place in this list, and its test.
import type { Entry } from "../command.ts";
import { chrondbGetat } from "./chrondb/getat.ts";
import { chrondbHistory } from "./chrondb/history.ts";
import { chrondbRestore } from "./chrondb/restore.ts";
import { auth } from "./connection/auth.ts";
import { client } from "./connection/client/index.ts";
import { echo } from "./connection/echo.ts";
import { hello } from "./connection/hello.ts";
import { ping } from "./connection/ping.ts";
import { quit } from "./connection/quit.ts";
import { reset } from "./connection/reset.ts";
import { select } from "./connection/select.ts";
import { del } from "./generic/del.ts";
import { exists } from "./generic/exists.ts";
import { expire } from "./generic/expire.ts";
import { expireat } from "./generic/expireat.ts";
import { expiretime } from "./generic/expiretime.ts";
import { keys } from "./generic/keys.ts";
import { object } from "./generic/object/index.ts";
import { persist } from "./generic/persist.ts";
import { pexpire } from "./generic/pexpire.ts";
import { pexpireat } from "./generic/pexpireat.ts";
import { pexpiretime } from "./generic/pexpiretime.ts";
import { pttl } from "./generic/pttl.ts";
import { scan } from "./generic/scan.ts";
import { ttl } from "./generic/ttl.ts";
import { type } from "./generic/type.ts";
import { unlink } from "./generic/unlink.ts";
import { hdel } from "./hash/hdel.ts";
import { hexists } from "./hash/hexists.ts";
import { hget } from "./hash/hget.ts";
import { hgetall } from "./hash/hgetall.ts";
import { hincrby } from "./hash/hincrby.ts";
import { hincrbyfloat } from "./hash/hincrbyfloat.ts";
import { hkeys } from "./hash/hkeys.ts";
import { hlen } from "./hash/hlen.ts";
import { hmget } from "./hash/hmget.ts";
import { hmset } from "./hash/hmset.ts";
import { hscan } from "./hash/hscan.ts";
import { hset } from "./hash/hset.ts";
import { hsetnx } from "./hash/hsetnx.ts";
import { hstrlen } from "./hash/hstrlen.ts";
import { hvals } from "./hash/hvals.ts";
import { functionContainer } from "./scripting/function/index.ts";
import { command } from "./server/command/index.ts";
import { config } from "./server/config/index.ts";
import { dbsize } from "./server/dbsize.ts";
import { flushall } from "./server/flushall.ts";
import { flushdb } from "./server/flushdb.ts";
import { info } from "./server/info.ts";
import { memory } from "./server/memory/index.ts";
import { slowlog } from "./server/slowlog/index.ts";
import { time } from "./server/time.ts";
import { append } from "./string/append.ts";
import { decr } from "./string/decr.ts";
import { decrby } from "./string/decrby.ts";
import { get } from "./string/get.ts";
import { getdel } from "./string/getdel.ts";
import { getex } from "./string/getex.ts";
import { getset } from "./string/getset.ts";
import { incr } from "./string/incr.ts";
import { incrby } from "./string/incrby.ts";
import { incrbyfloat } from "./string/incrbyfloat.ts";
import { mget } from "./string/mget.ts";
import { mset } from "./string/mset.ts";
import { msetnx } from "./string/msetnx.ts";
import { psetex } from "./string/psetex.ts";
import { set } from "./string/set.ts";
import { setex } from "./string/setex.ts";
import { setnx } from "./string/setnx.ts";
import { strlen } from "./string/strlen.ts";
import { discard } from "./transactions/discard.ts";
import { exec } from "./transactions/exec.ts";
import { multi } from "./transactions/multi.ts";
import { unwatch } from "./transactions/unwatch.ts";
import { watch } from "./transactions/watch.ts";

export const ENTRIES: readonly Entry[] = [
  // connection
  auth,
  client,
  echo,
  hello,
  ping,
  quit,
  reset,
  select,
  // server
  command,
  config,
  dbsize,
  flushall,
  flushdb,
  info,
  memory,
  slowlog,
  time,
  // generic
  del,
  exists,
  expire,
  expireat,
  expiretime,
  keys,
  object,
  persist,
  pexpire,
  pexpireat,
  pexpiretime,
  pttl,
  scan,
  ttl,
  type,
  unlink,
  // string
  append,
  decr,
  decrby,
  get,
  getdel,
  getex,
  getset,
  incr,
  incrby,
  incrbyfloat,
  mget,
  mset,
  msetnx,
  psetex,
  set,
  setex,
  setnx,
  strlen,
  // hash
  hdel,
  hexists,
  hget,
  hgetall,
  hincrby,
  hincrbyfloat,
  hkeys,
  hlen,
  hmget,
  hmset,
  hscan,
  hset,
  hsetnx,
  hstrlen,
  hvals,
  // transactions
  discard,
  exec,
  multi,
  unwatch,
  watch,
  // scripting
  functionContainer,
  // chrondb
  chrondbGetat,
  chrondbHistory,
  chrondbRestore,
];
