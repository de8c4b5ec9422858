// The PostgreSQL front door: protocol 3.0 over TCP. No storage and no policy in here.
export { type PostgresDoor, type PostgresDoorDeps, startPostgresDoor } from "./listener.ts";
export type { PgAuthenticator, ScramVerifier } from "./scram.ts";
