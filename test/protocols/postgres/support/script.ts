// The same bytes to the real door over a real SQL room and to PostgreSQL 15, and what came back as lines that compare.
import { systemClock } from "../../../../src/base/clock.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../../src/base/limits.ts";
import { systemRandom } from "../../../../src/base/random.ts";
import { type PostgresDoor, startPostgresDoor } from "../../../../src/protocols/postgres/index.ts";
import { TestRoom } from "../../../sql/support/room.ts";
import { recordedEvents } from "../../../support/recorded-events.ts";
import { OPEN } from "./door.ts";
import { fieldsOf, RawClient, type Received, rowOf } from "./raw-client.ts";

export interface RealDoor {
  readonly room: TestRoom;
  readonly door: PostgresDoor;
  readonly port: number;
  stop(): Promise<void>;
}

export async function openRealDoor(limits: Partial<Limits> = {}): Promise<RealDoor> {
  const room = await TestRoom.open(limits);
  const door = await startPostgresDoor({
    service: room.service,
    openSession: room.room.openSession,
    settings: { enabled: true, host: "127.0.0.1", port: 0 },
    auth: OPEN,
    events: recordedEvents(),
    limits: { ...DEFAULT_LIMITS, ...limits },
    clock: systemClock,
    random: systemRandom,
  });
  return {
    room,
    door,
    port: door.port,
    stop: async () => {
      await door.close();
      await room.close();
    },
  };
}

/** Bytes to send, and the message types to wait for, one after the other. */
export interface Step {
  readonly send: readonly Buffer[];
  readonly until: string;
}

export const step = (until: string, ...send: readonly Buffer[]): Step => ({ send, until });

/** Fields of an error that both servers must agree in. */
const REPORTED = ["S", "C", "M", "D", "H", "P", "W", "n"];

function describeReport(message: Received): string {
  const fields = fieldsOf(message);
  // Of contexts only COPY's says what a client cannot know; the others name the parameter or function PostgreSQL was in.
  return REPORTED.filter((code) => fields[code] !== undefined && (code !== "W" || /^COPY /.test(fields[code] ?? "")))
    .map((code) => `${code}=${fields[code]}`)
    .join(" | ");
}

function describeColumns(body: Buffer): string {
  const columns: string[] = [];
  let at = 2;
  for (let left = body.readInt16BE(0); left > 0; left--) {
    const end = body.indexOf(0, at);
    const name = body.toString("utf8", at, end);
    columns.push(`${name}:${body.readInt32BE(end + 7)}:${body.readInt16BE(end + 17)}`);
    at = end + 19;
  }
  return columns.join(" ");
}

export function shown(message: Received): string {
  const { type, body } = message;
  switch (type) {
    case "E":
    case "N":
      return `${type} ${describeReport(message)}`;
    case "T":
      return `T ${describeColumns(body)}`;
    case "D":
      return `D ${JSON.stringify(rowOf(message))}`;
    case "C":
    case "S":
      return `${type} ${body.toString("utf8").replaceAll("\0", " ").trim()}`;
    case "A":
      return `A ${body.toString("utf8", 4).replaceAll("\0", " ").trim()}`;
    case "Z":
      return `Z ${body.toString("latin1")}`;
    case "d":
      return `d ${/^[\t\r\n\x20-\x7e\u0080-\uffff]*$/.test(body.toString("utf8")) ? JSON.stringify(body.toString("utf8")) : body.toString("hex")}`;
    default:
      return `${type} ${body.toString("hex")}`;
  }
}

/** Milliseconds one step may take before the connection is given up. */
const STEP_MS = 60_000;

/** Plays a script on a new connection. */
export async function play(
  target: { port: number; user: string; database: string },
  steps: readonly Step[],
  parameters: Record<string, string> = {},
): Promise<string[]> {
  const client = await RawClient.ready(target.port, { user: target.user, database: target.database, ...parameters });
  const lines: string[] = [];
  try {
    for (const { send, until } of steps) {
      client.send(...send);
      const late = setTimeout(() => client.destroy(), STEP_MS);
      for (const type of until) for (const message of await client.until(type)) lines.push(shown(message));
      clearTimeout(late);
    }
  } catch (thrown) {
    if (!(thrown instanceof Error) || !/^closed before/.test(thrown.message)) throw thrown;
    lines.push(thrown.message);
  }
  client.destroy();
  return lines;
}
