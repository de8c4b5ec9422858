// Runs one command line in this process, with its streams collected; and a stand-in for the REST door that records requests.
import { createServer, type IncomingMessage } from "node:http";
import { Readable, Writable } from "node:stream";
import type { CliContext, CliDeps } from "../../src/cli/contract.ts";
import { runCli } from "../../src/cli/run.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function collector(): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}

const unused = () => {
  throw new Error("this test does not expect that call");
};

export const NO_DEPS: CliDeps = {
  version: "9.9.9",
  runServer: unused,
  offline: { dumpLog: unused, verify: unused, rebuild: unused, gitPath: unused },
};

export const ENV = {
  host: "127.0.0.1",
  restPort: "1",
  dataDir: "data",
  token: null,
  username: null,
  password: null,
};

export async function chrondb(
  argv: readonly string[],
  given: { deps?: Partial<CliDeps>; stdin?: string; env?: Partial<CliContext["env"]> } = {},
): Promise<Ran> {
  const out = collector();
  const err = collector();
  const code = await runCli({ ...NO_DEPS, ...given.deps }, argv, {
    stdin: Readable.from([Buffer.from(given.stdin ?? "")]),
    stdout: out.stream,
    stderr: err.stream,
    env: { ...ENV, ...given.env },
  });
  return { code, out: out.text(), err: err.text() };
}

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface FakeDoor {
  readonly port: string;
  readonly seen: Seen[];
  close(): Promise<void>;
}

type Answer = { readonly status?: number; readonly body: string };

/** An HTTP server on a free port that answers what it is told. */
export async function fakeDoor(answer: (request: Seen) => Answer | Promise<Answer>): Promise<FakeDoor> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const one: Seen = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
      seen.push(one);
      const { status = 200, body: text } = await answer(one);
      response.writeHead(status, { "content-type": "application/json" }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: String(typeof address === "object" && address !== null ? address.port : 0),
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
