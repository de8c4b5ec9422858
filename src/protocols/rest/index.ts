// What main.ts needs of the REST door.
export type { Authenticator, HealthSource, RestDeps } from "./door.ts";
export { type RestDoor, startRestDoor } from "./server.ts";
