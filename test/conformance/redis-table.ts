// What people send to Redis, right and wrong, a few lines for each command. Lines are run in order, on one connection.
// Left out on purpose: sums whose exact decimal a long double cannot hold (5.6 + 5000 is 5005.60000000000000009 in Redis and
// 5005.6 here), and commands this server refuses with sentences of its own.

export const TABLE: Readonly<Record<string, readonly string[]>> = {
  "connection": [
    "PING", "PING hello", "PING a b", "ECHO hello", "ECHO", "SELECT 0", "SELECT x", "SELECT", "CLIENT", "CLIENT FOO", "CLIENT ID x",
    "CLIENT GETNAME", "CLIENT SETNAME bob", "CLIENT GETNAME", 'CLIENT SETNAME "a b"', 'CLIENT SETNAME ""', "CLIENT GETNAME",
    "CLIENT NO-EVICT on", "CLIENT NO-EVICT maybe", "CLIENT REPLY on", "CLIENT REPLY foo", "CLIENT LIST TYPE foo", "CLIENT LIST ID x",
    "CLIENT LIST foo", "CLIENT LIST TYPE pubsub", "CLIENT KILL 1.1.1.1:1", "CLIENT KILL ID 99999999", "CLIENT KILL ID x", "CLIENT KILL ID 0", "CLIENT KILL TYPE foo",
    "CLIENT KILL USER nobody", "CLIENT KILL ADDR 1.1.1.1:1 SKIPME yes", "CLIENT KILL ADDR 1.1.1.1:1 SKIPME x", "CLIENT KILL FOO bar", "CLIENT GETREDIR",
    "HELLO 4", "HELLO x", "HELLO 2 FOO", "HELLO 2 AUTH a", 'HELLO 2 SETNAME "a b"', "AUTH a b c", "RESET",
  ],
  "unknown commands": [
    "NOSUCH", "NOSUCH a", 'NoSuch "a b" c', `NOSUCH ${"x".repeat(200)} y`, `${"N".repeat(200)} a`, 'NOSUCH "a\\r\\nb"', 'NOSUCH "a\\x00b" c', "NOSUCH a b c d e f g h i j k l m n o p q r s t u v w x y z 1 2 3 4 5 6 7 8 9",
  ],
  "strings": [
    "GET a", "SET a b", "GET a", "SET a", "SET a b c", "SET a b NX", "SET a b XX", "SET new b XX", "GET new", "SET a c GET", "SET fresh c GET", "SET a d NX GET",
    "SET fresh2 d NX GET", "GET fresh2", "SET a b NX XX", "SET a b EX 0", "SET a b EX -1", "SET a b EX x", "SET a b EX", "SET a b EX 10 PX 10", "SET a b KEEPTTL EX 10",
    "SET a b EX 10 KEEPTTL", "SET a b EX 99999999999999999", "SET a b PX 99999999999999999999", "SET a b EX 100", "TTL a", "SET a c KEEPTTL", "TTL a", "SET a d", "TTL a",
    "SET a b EXAT 4102444800", "EXPIRETIME a", "SET a b PXAT 4102444800000", "PEXPIRETIME a", "SET a b EXAT 1", "GET a", "EXISTS a", "SET a b EXAT 0",
    "SETEX a 100 v", "TTL a", "SETEX a 0 v", "SETEX a x v", "SETEX a 100", "PSETEX a 100000 v", "TTL a", "PSETEX a -1 v", "SETNX a b", "SETNX zz b", "SETNX a",
    "MSET", "MSET a", "MSET a b c", "MSET a 1 b 2 a 3", "MGET a b none", "MGET", "MSETNX a 1 c 2", "EXISTS c", "MSETNX c 1 d 2", "MGET c d",
    "GETSET a new", "GETSET none2 x", "GETDEL a", "GETDEL a", "GETEX c", "GETEX c EX 100", "TTL c", "GETEX c PERSIST", "TTL c", "GETEX c EX 0", "GETEX c FOO", "GETEX c PERSIST EX 10",
    "GETEX none3 EX 0", "GETEX c EXAT 1", "EXISTS c", "APPEND k abc", "APPEND k def", "GET k", "STRLEN k", "STRLEN none", 'SET bin "\\x00\\xff\\xfe"', "GET bin", "STRLEN bin", 'APPEND bin "\\x80"', "GET bin",
    'SET "\\xff\\x00key" 1', 'GET "\\xff\\x00key"', "KEYS *key*", 'DEL "\\xff\\x00key"',
  ],
  "numbers": [
    "INCR n", "INCR n", "DECR n", "INCRBY n 10", "DECRBY n 3", "GET n", "INCRBY n x", "INCRBY n 99999999999999999999", "INCRBY n", "SET n abc", "INCR n", "SET n 9223372036854775807",
    "INCR n", "DECRBY n -1", "DECRBY n -9223372036854775808", "INCRBY n -9223372036854775808", "GET n", 'SET n " 1"', "INCR n", 'SET n "1 "', "INCR n", "SET n 01", "INCR n", "SET n +1", "INCR n", "SET n -0", "INCR n",
    "SET n 1 EX 100", "INCR n", "TTL n", "INCRBYFLOAT f 0.1", "INCRBYFLOAT f 0.2", "INCRBYFLOAT f -0.3", "INCRBYFLOAT f x", "INCRBYFLOAT f inf", "INCRBYFLOAT f nan", "SET f 5.0e3", "INCRBYFLOAT f 200",
    "SET f 10.50", "INCRBYFLOAT f 0.1", "INCRBYFLOAT f -5", "SET f abc", "INCRBYFLOAT f 1", 'SET f " 1"', "INCRBYFLOAT f 1", "SET f 3", "INCRBYFLOAT f 1.23456789012345678", "INCRBYFLOAT f 0.00000000000000001",
    "SET f 1e-400", "SET f -1", "INCRBYFLOAT f 1", "SET f .5", "INCRBYFLOAT f 5.", "SET f 1e18", "INCRBYFLOAT f 1", "INCRBYFLOAT g 3.0000", "GET g", 'INCRBYFLOAT g ""',
  ],
  "keys and their lives": [
    "DEL none", "SET a 1", "SET b 2", "DEL a b none a", "SET a 1", "UNLINK a", "DEL", "EXISTS a", "SET a 1", "EXISTS a a none", "EXISTS", "TYPE a", "TYPE none", "TYPE", "HSET h f v", "TYPE h",
    "TTL a", "TTL none", "EXPIRE none 10", "EXPIRE a 100", "TTL a", "EXPIRE a 50 GT", "EXPIRE a 200 GT", "TTL a", "EXPIRE a 300 LT", "EXPIRE a 100 LT", "EXPIRE a 10 NX", "EXPIRE a 10 XX", "PERSIST a", "PERSIST a", "PERSIST none",
    "EXPIRE a 10 XX", "EXPIRE a 10 GT", "EXPIRE a 10 LT", "PERSIST a", "EXPIRE a 10 NX", "EXPIRE a x", "EXPIRE a 99999999999999999", "EXPIRE a 10 NX XX", "EXPIRE a 10 GT LT", "EXPIRE a 10 FOO", "EXPIRE none 10 FOO", "EXPIRE a 10 XX GT",
    "PEXPIRE a 9223372036854775807", "PEXPIRE a 100000", "PEXPIREAT a 4102444800000", "PEXPIRETIME a", "EXPIREAT a 4102444800", "EXPIRETIME a", "EXPIRETIME none", "EXPIREAT a 1", "EXISTS a", "SET a 1", "EXPIRE a -1", "EXISTS a", "EXPIRE a",
    "SET a 1", "EXPIRE a 0", "EXISTS a", "PTTL h", "HSET h x y", "EXPIRE h 100", "HSET h z 1", "TTL h",
    "DBSIZE", "DBSIZE x", "KEYS *", "KEYS h", "KEYS", "MSET k1 1 k2 2 k:3 3", "KEYS k?", "KEYS k[12]", "KEYS k[^1]", "KEYS k\\\\1", "KEYS *:*", "KEYS [", "KEYS k[1-", "KEYS k[2-1]", "SCAN 0 COUNT 100", "SCAN 0 MATCH k* COUNT 100", "SCAN 0 TYPE hash COUNT 100",
    "SCAN 0 TYPE none COUNT 100", "SCAN x", "SCAN 0 COUNT 0", "SCAN 0 COUNT x", "SCAN 0 FOO x", "SCAN 0 MATCH", "SCAN 0 COUNT 5 x", "OBJECT ENCODING k1", "OBJECT ENCODING h", "OBJECT ENCODING none", "OBJECT REFCOUNT none", "OBJECT FREQ none",
    "SET e hello", "OBJECT ENCODING e", `SET e ${"x".repeat(45)}`, "OBJECT ENCODING e", `SET e ${"x".repeat(44)}`, "OBJECT ENCODING e", "OBJECT FOO x", "OBJECT", "OBJECT IDLETIME k1", "MEMORY USAGE none", "MEMORY USAGE k1 SAMPLES x", "MEMORY USAGE k1 SAMPLES", "MEMORY USAGE k1 FOO 5", "MEMORY FOO",
    "FLUSHDB FOO", "FLUSHDB ASYNC", "DBSIZE", "SET a 1", "FLUSHALL SYNC", "DBSIZE", "FLUSHALL a b",
  ],
  "hashes": [
    "HGET h f", "HGETALL h", "HKEYS h", "HVALS h", "HLEN h", "HMGET h a b", "HEXISTS h a", "HSTRLEN h a", "HDEL h a", "HSET h", "HSET h a", "HSET h a 1", "HSET h a 2 b 3", "HSET h a 1 b", "HGETALL h", "HSET h c 1 c 2", "HGET h c", "HMSET h d 4", "HMSET h d",
    "HMSET h d 4 e", "HLEN h", "HSETNX h a 9", "HSETNX h z 9", "HMGET h a none z", "HMGET h", "HEXISTS h a", "HSTRLEN h z", "HDEL h z none z", "HKEYS h", "HVALS h", "HINCRBY h a 5", "HINCRBY h new 5", "HINCRBY h a x", "HSET h s abc", "HINCRBY h s 1", "HINCRBYFLOAT h s 1", "HINCRBYFLOAT h a 0.5",
    "HINCRBY h a 1", "HINCRBYFLOAT h a x", "HINCRBYFLOAT h a inf", "HINCRBYFLOAT h new2 1.5", "HSET h big 9223372036854775807", "HINCRBY h big 1", 'HSET h "" empty "\\xff\\xfe" "\\x00\\x80"', "HGETALL h", 'HGET h "\\xff\\xfe"', 'HGET h ""', 'HSET h "\\\\xff" text', "HGETALL h", 'HSET h q "say \\"hi\\"\\n"', "HGET h q", "HSTRLEN h q",
    "HSCAN h 0 MATCH [abc]", "HSCAN none 0", "HSCAN h x", "HSCAN h 0 COUNT 0", "HSCAN h 0 FOO 1", "HSCAN h 0 MATCH a COUNT 10",
    "GET h", "SET h v GET", "GETSET h v", "GETDEL h", "GETEX h", "APPEND h x", "STRLEN h", "INCR h", "INCRBYFLOAT h 1", "MGET h", "SETNX h v", "SET str v", "HGET str f", "HSET str f v", "HGETALL str", "HDEL str f", "HINCRBY str f 1", "HLEN str", "HSCAN str 0", "HMGET str f", "HSETNX str f v",
    "SET h now-a-string", "TYPE h", "DEL h", "HSET h f v", "HDEL h f", "EXISTS h", "TYPE h",
  ],
  "transactions": [
    "EXEC", "DISCARD", "MULTI", "MULTI", "SET a 1", "INCR a", "GET a", "EXEC", "MULTI", "EXEC", "MULTI", "SET a", "SET a b", "EXEC", "GET a", "MULTI", "NOSUCH x", "EXEC", "MULTI", "SET a abc", "INCR a", "HSET a f v", "SET b 1", "EXEC", "GET b",
    "MULTI", "SET a 2", "DISCARD", "GET a", "WATCH a", "SET a 3", "MULTI", "SET a 4", "EXEC", "GET a", "WATCH a", "UNWATCH", "SET a 5", "MULTI", "SET a 6", "EXEC", "WATCH a", "MULTI", "GET a", "EXEC", "WATCH none", "SET none 1", "DEL none", "MULTI", "PING", "EXEC",
    "MULTI", "WATCH a", "EXEC", "WATCH", "MULTI", "PING", "ECHO x", "SELECT 0", "DBSIZE", "KEYS a", "HSET hh f v", "HGETALL hh", "DEL hh", "EXEC", "MULTI", "FLUSHALL", "SET left 1", "EXEC", "KEYS *", "MULTI", "RESET", "EXEC", "WATCH left", "EXPIRE left 100", "MULTI", "EXEC", "EXEC x",
  ],
  "the server": [
    "TIME x", "CONFIG", "CONFIG FOO", "CONFIG GET", "CONFIG GET save", "CONFIG GET nosuch", "CONFIG GET SAVE", "CONFIG RESETSTAT", "CONFIG SET", "CONFIG SET a", "COMMAND COUNT x", "COMMAND FOO", "COMMAND INFO nosuch", "COMMAND DOCS nosuch", "COMMAND LIST FOO", "COMMAND LIST FILTERBY ACLCAT nosuch",
    "COMMAND GETKEYS GET a", "COMMAND GETKEYS MSET a 1 b 2", "COMMAND GETKEYS PING a", "COMMAND GETKEYS NOSUCH a", "COMMAND GETKEYS SET a", "COMMAND GETKEYSANDFLAGS GET a", "COMMAND GETKEYS DEL a b c", "COMMAND GETKEYS OBJECT ENCODING a", "FUNCTION FLUSH", "FUNCTION FLUSH SYNC", "FUNCTION FLUSH FOO", "FUNCTION LIST", "FUNCTION LIST FOO", "FUNCTION FOO",
    "SLOWLOG RESET", "SLOWLOG LEN", "SLOWLOG GET", "SLOWLOG GET x", "SLOWLOG GET -2", "SLOWLOG RESET", "SLOWLOG FOO", "SLOWLOG", "CLUSTER INFO", "INFO nosuch", "INFO cluster", "INFO nosuch2 nosuch3",
  ],
};
