// Clients that write through real programs and remember what was acknowledged: redis-cli, psql and HTTP, each fed through a
// pipe and answered line by line, so that a kill of the server cuts them off in the middle.
import { type ChildProcess, spawn } from "node:child_process";

/** A transaction sent: all of its documents or none of them must be there; all of them when it was acknowledged. */
export interface Sent {
  readonly door: "redis" | "postgresql" | "rest";
  /** Key -> the JSON text it must hold. */
  readonly documents: ReadonlyMap<string, string>;
  acknowledged: boolean;
}

export interface Ports {
  readonly rest: number;
  readonly redis: number;
  readonly pg: number;
}

export interface RunningWriter {
  /** Resolves when the client has ended (its server died). */
  readonly ended: Promise<void>;
  stop(): void;
}

/** Feeds a line-oriented client: `next` gives a request's text and how many answer lines it gets; `settle` reads them. */
function lineClient(
  child: ChildProcess,
  next: () => { text: string; lines: number; settle(lines: string[]): void },
): RunningWriter {
  let waiting: { lines: number; settle(lines: string[]): void } | null = null;
  let got: string[] = [];
  let rest = "";
  let stopped = false;
  const send = (): void => {
    if (stopped) return;
    const request = next();
    waiting = request;
    got = [];
    child.stdin?.write(request.text);
  };
  child.stdin?.on("error", () => undefined);
  child.stdout?.on("data", (chunk: Buffer) => {
    rest += chunk.toString();
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      got.push(rest.slice(0, end));
      rest = rest.slice(end + 1);
      if (waiting !== null && got.length === waiting.lines) {
        const done = waiting;
        waiting = null;
        done.settle(got);
        send();
      }
    }
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  send();
  return {
    ended,
    stop: () => {
      stopped = true;
      child.kill("SIGKILL");
    },
  };
}

/** SETs, and every fifth time a MULTI of two SETs. */
export function redisWriter(ports: Ports, name: string, sent: Sent[]): RunningWriter {
  const child = spawn("redis-cli", ["-p", String(ports.redis)], { stdio: ["pipe", "pipe", "ignore"] });
  let count = 0;
  return lineClient(child, () => {
    count++;
    const first = `crash:${name}-${count}a`;
    const body = `{"n":${count},"by":"redis"}`;
    if (count % 5 !== 0) {
      const entry: Sent = { door: "redis", documents: new Map([[first, body]]), acknowledged: false };
      sent.push(entry);
      return { text: `SET ${first} '${body}'\n`, lines: 1, settle: ([answer]) => (entry.acknowledged = answer === "OK") };
    }
    const second = `crash:${name}-${count}b`;
    const entry: Sent = {
      door: "redis",
      documents: new Map([
        [first, body],
        [second, body],
      ]),
      acknowledged: false,
    };
    sent.push(entry);
    return {
      text: `MULTI\nSET ${first} '${body}'\nSET ${second} '${body}'\nEXEC\n`,
      lines: 5,
      settle: (lines) => (entry.acknowledged = lines[3] === "OK" && lines[4] === "OK"),
    };
  });
}

/** Single INSERTs, and every fifth time a transaction of two. */
export function psqlWriter(ports: Ports, name: string, sent: Sent[]): RunningWriter {
  const child = spawn("psql", ["-X", "-h", "127.0.0.1", "-p", String(ports.pg), "-U", "chrondb", "-d", "chrondb"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  let count = 0;
  const insert = (id: string): string => `INSERT INTO crash (id, n, by) VALUES ('${id}', ${count}, 'psql');\n`;
  return lineClient(child, () => {
    count++;
    const first = `${name}-${count}a`;
    const body = `{"n":${count},"by":"psql"}`;
    if (count % 5 !== 0) {
      const entry: Sent = {
        door: "postgresql",
        documents: new Map<string, string>([[`crash:${first}`, body]]),
        acknowledged: false,
      };
      sent.push(entry);
      return { text: insert(first), lines: 1, settle: ([answer]) => (entry.acknowledged = answer === "INSERT 0 1") };
    }
    const second = `${name}-${count}b`;
    const entry: Sent = {
      door: "postgresql",
      documents: new Map<string, string>([
        [`crash:${first}`, body],
        [`crash:${second}`, body],
      ]),
      acknowledged: false,
    };
    sent.push(entry);
    return {
      text: `BEGIN;\n${insert(first)}${insert(second)}COMMIT;\n`,
      lines: 4,
      settle: (lines) => (entry.acknowledged = lines[3] === "COMMIT"),
    };
  });
}

/** POST /api/v1/save, and every fifth time an import of two documents (one commit). */
export function restWriter(ports: Ports, name: string, sent: Sent[]): RunningWriter {
  let stopped = false;
  const post = (path: string, body: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${ports.rest}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body });
  const loop = async (): Promise<void> => {
    for (let count = 1; !stopped; count++) {
      const keys = count % 5 === 0 ? [`crash:${name}-${count}a`, `crash:${name}-${count}b`] : [`crash:${name}-${count}a`];
      const body = `{"n":${count},"by":"rest"}`;
      const entry: Sent = { door: "rest", documents: new Map(keys.map((key) => [key, body])), acknowledged: false };
      sent.push(entry);
      const texts = keys.map((key) => `{"id":"${key}",${body.slice(1)}`);
      const answer =
        texts.length === 1
          ? await post("/api/v1/save", texts[0] ?? "")
          : await post("/api/v1/documents/import", `[${texts.join(",")}]`);
      entry.acknowledged = answer.ok;
      await answer.arrayBuffer();
    }
  };
  // A refused or cut connection ends this writer: its server was killed.
  const ended = loop().catch(() => undefined);
  return {
    ended,
    stop: () => {
      stopped = true;
    },
  };
}
