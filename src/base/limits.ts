// Every queue, buffer, message, batch, result and wait has a named limit here (promise 7). A limit that is reached gives
// LIMIT_EXCEEDED, TOO_MANY_CONNECTIONS or OVERLOADED naming it, and counts in chrondb_limit_rejections_total{limit}.
// `config/` may override a value under `limits.<name>`; `main.ts` passes the merged object down.

export const DEFAULT_LIMITS = {
  /** Bytes of a document id. */
  idBytes: 1024,
  /** Bytes of a table name. */
  tableNameBytes: 63,
  /** Bytes of one document's body, on every door. */
  documentBytes: 16 * 1024 * 1024,
  /** Levels of nesting in a JSON document. */
  jsonDepth: 100,
  /** Fields of a table shown as SQL columns; more stay reachable through JSON only. */
  fieldColumns: 256,
  /** Bytes of one REST request body. */
  restBodyBytes: 64 * 1024 * 1024,
  /** Documents in one JSON import request (one commit). */
  importDocuments: 100_000,
  /** Bytes of all REST request bodies held in memory at a time; an NDJSON import counts with its window. */
  restBodiesBytes: 512 * 1024 * 1024,
  /** Rows a REST list answers when no `limit` is given / at most. */
  restListDefault: 100,
  restListMaximum: 10_000,
  /** Bytes of documents in one REST list or history answer; a longer one says that it is truncated. */
  restListBytes: 64 * 1024 * 1024,
  /** Lines of one NDJSON import being written at a time, and their bytes. */
  importWindow: 2_000,
  importWindowBytes: 32 * 1024 * 1024,
  /** Refused lines that an NDJSON import names in its answer; the others are only counted. */
  importErrors: 100,
  /** Bytes of one Redis bulk string; elements of one command. */
  redisBulkBytes: 64 * 1024 * 1024,
  redisMultibulkElements: 1_048_576,
  /** The same before AUTH, when a password is set. */
  redisUnauthenticatedBulkBytes: 16 * 1024,
  redisUnauthenticatedElements: 10,
  redisInlineBytes: 64 * 1024,
  /** Bytes of one whole Redis request (all its arguments together); of one connection's MULTI queue. */
  redisRequestBytes: 128 * 1024 * 1024,
  redisQueuedBytes: 128 * 1024 * 1024,
  /** Bytes of half-received requests and MULTI queues of all Redis connections; past it the largest is closed. */
  redisInputBytes: 1024 * 1024 * 1024,
  /** Commands of one Redis connection that wait for their write to be durable, before its next ones wait unread. */
  redisPipelineDepth: 10_000,
  /** Positions of SCAN kept by the server; the least recently used is forgotten first. */
  redisScanCursors: 10_000,
  /** Keys one SCAN call looks at, whatever its COUNT. */
  redisScanKeys: 10_000,
  /** Keys watched by one connection; entries of SLOWLOG. */
  redisWatchedKeys: 10_000,
  redisSlowlogEntries: 128,
  /** Commands queued by one MULTI. */
  redisQueuedCommands: 100_000,
  /** Bytes of one PostgreSQL protocol message; of a startup packet. */
  pgMessageBytes: 64 * 1024 * 1024,
  pgStartupBytes: 10_000,
  pgParameters: 65_535,
  /** Prepared statements and portals one session holds. */
  pgStatements: 10_000,
  pgPortals: 1_000,
  /** Bytes waiting to be sent to one client before its commands stop being read. */
  outputBufferBytes: 8 * 1024 * 1024,
  /** Bytes of a claimed user, an origin, a request id, one flag, a commit message; flags of one write. */
  userBytes: 256,
  originBytes: 64,
  requestIdBytes: 256,
  flagBytes: 64,
  messageBytes: 1_000,
  flagsPerWrite: 32,
  /** Bytes of one REST request's headers. */
  restHeaderBytes: 32 * 1024,
  /** Open connections of each door. */
  restConnections: 1_000,
  redisConnections: 10_000,
  pgConnections: 500,
  /** Milliseconds a half-sent message or an unauthenticated connection may keep silent. */
  messageIdleMs: 30_000,
  /** Password checks that run at once, and that wait (each costs 16 MiB and a thread). */
  authChecks: 2,
  authQueue: 100,
  /** Milliseconds a door that is shutting down waits for requests it has taken before it cuts them off. */
  drainMs: 15_000,
  /** Writes waiting for the writer's turn. */
  writerQueue: 100_000,
  /** Writes in one group; bytes of one group. */
  writerGroup: 2_000,
  writerGroupBytes: 32 * 1024 * 1024,
  /** Effects of one transaction; bytes of one log record. */
  transactionEffects: 1_000_000,
  recordBytes: 512 * 1024 * 1024,
  /** Bytes of one log segment file; a larger record gets a segment of its own. */
  logSegmentBytes: 64 * 1024 * 1024,
  /** Entries the archive may be behind before writers are slowed down. */
  archiveLagEntries: 1_000_000,
  /** Entries that are durable and visible but not yet in the state database, before writers are slowed down; and bytes of them. */
  applyLagEntries: 200_000,
  stateRingBytes: 64 * 1024 * 1024,
  /** Bytes of the newest versions of documents kept in memory, roughly. */
  stateRecentBytes: 64 * 1024 * 1024,
  /** Entries the log keeps although they are in state and git already: what a damaged archive can be repaired from. */
  logRetainEntries: 10_000,
  /** Bytes of git trees the archive keeps in memory; of one pack before it is published; beyond which packs are not merged. */
  archiveTreeBytes: 256 * 1024 * 1024,
  archivePackBytes: 128 * 1024 * 1024,
  archiveMergedPackBytes: 512 * 1024 * 1024,
  /** Milliseconds a history read or `?wait=commit` waits for the archive. */
  archiveWaitMs: 10_000,
  /** Bytes of one SQL statement; of a transaction's own unwritten changes. */
  sqlStatementBytes: 16 * 1024 * 1024,
  sqlOverlayBytes: 256 * 1024 * 1024,
  /** Bytes of one result's rows that its client has not taken yet: in memory; then in a temporary file. */
  sqlSpoolMemoryBytes: 4 * 1024 * 1024,
  sqlSpoolBytes: 1024 * 1024 * 1024,
  /** Notifications (NOTIFY) that wait for one listening session. */
  sqlNotifications: 100_000,
  /** Bytes of the SQL text of one REST request or batch element; its parameters; statements of one request. */
  restSqlStatementBytes: 16 * 1024 * 1024,
  restSqlParameters: 65_535,
  restSqlBatch: 10_000,
  /** Rows and bytes of rows in one JSON answer to SQL over REST; a stream of lines has no such end. */
  restSqlRows: 100_000,
  restSqlBytes: 64 * 1024 * 1024,
  /** Milliseconds the statements of one REST request may take; that its reader may take nothing of a stream. */
  restSqlMs: 60_000,
  restSqlStallMs: 300_000,
  /** SQL transactions kept open between REST requests, and the milliseconds until one that nobody asks for is rolled back. */
  restSqlTransactions: 100,
  restSqlIdleMs: 300_000,
  /** Statements waiting for a query worker; workers. */
  queryQueue: 1_000,
  queryWorkers: 1,
  /** Bytes of SQLite's page cache, each connection; bytes of its write-ahead log before it is started over. */
  stateCacheBytes: 64 * 1024 * 1024,
  stateWalBytes: 256 * 1024 * 1024,
  /** Declared tables whose prepared statements one connection keeps. */
  stateStatements: 500,
  /** Cached plans. */
  planCache: 1_000,
  /** Free bytes of disk below which writes are refused, and at which they are taken again. */
  diskLowBytes: 256 * 1024 * 1024,
  diskResumeBytes: 512 * 1024 * 1024,
} as const;

export type LimitName = keyof typeof DEFAULT_LIMITS;
export type Limits = Readonly<Record<LimitName, number>>;
