// The version of Redis whose behaviour the door follows, as clients check it (Sidekiq refuses below 7.0).

export const REDIS_VERSION = "7.2.4";
