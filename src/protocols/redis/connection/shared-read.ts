// Reading sockets into one shared buffer. By itself Node allocates 64 KB for each read and passes the bytes through a stream,
// which costs more than finding and running a GET. `net.Socket` can read into a buffer it is given (`onread`), but only where
// the socket is made by hand; so an accepted connection is moved to a new Socket. That it can be moved (`_handle`) is a private
// part of Node: it is tried once on a real connection, and left alone when anything about it is not as expected.
import { connect, createServer, Socket } from "node:net";

/** Takes the first `length` bytes of a buffer, which hold until it returns. */
type Hear = (buffer: Buffer, length: number) => void;

const SHARED = Buffer.allocUnsafeSlow(64 * 1024);
/** Milliseconds the trial may take. */
const TRIAL_MS = 1_000;

/** Opens connections that a server with `pauseOnConnect` accepted: answers the socket to use from then on. */
export type OpenSocket = (accepted: Socket, hear: Hear) => Socket;

/** The public way: each read is a chunk of its own. */
export function openPlain(accepted: Socket, hear: Hear): Socket {
  accepted.on("data", (chunk: Buffer) => hear(chunk, chunk.length));
  accepted.resume();
  return accepted;
}

function openShared(accepted: Socket, hear: Hear): Socket {
  const handle: unknown = Reflect.get(accepted, "_handle");
  if (typeof handle !== "object" || handle === null) return openPlain(accepted, hear);
  const options = {
    // The types know only the handles that a program may make.
    handle: handle as never,
    allowHalfOpen: accepted.allowHalfOpen,
    onread: {
      buffer: SHARED,
      callback(bytes: number): boolean {
        hear(SHARED, bytes);
        return true;
      },
    },
  };
  const socket = new Socket(options);
  // The accepted socket stays as the server's count of its connections.
  Reflect.set(accepted, "_handle", null);
  socket.once("close", () => accepted.destroy());
  socket.resume();
  return socket;
}

let trial: Promise<OpenSocket> | null = null;

/** The best way that works here, found out once. */
export function findOpenSocket(): Promise<OpenSocket> {
  trial ??= works(openShared).then((does) => (does ? openShared : openPlain));
  return trial;
}

/** Tries a way of opening on two connections at once: bytes both ways in pieces, a pause, both ends, and the server's count. */
export function works(open: OpenSocket): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const fails = (): void => resolve(false);
  const timer = setTimeout(fails, TRIAL_MS);
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (accepted) => {
    let heard = "";
    try {
      const socket = open(accepted, (buffer, length) => {
        heard += buffer.toString("latin1", 0, length);
        if (heard.length % 4 !== 0) return;
        socket.pause();
        setImmediate(() => socket.resume());
        socket.write(heard);
      });
      socket.on("error", fails);
      socket.on("end", () => socket.end("."));
    } catch {
      // Whatever went wrong, the public way is left.
      fails();
    }
  });
  server.on("error", fails);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    void Promise.all([converse(port, "abcd"), converse(port, "efgh")]).then((answers) => {
      if (answers.join() !== "abcdabcdabcd.,efghefghefgh.") fails();
      // Closes only once the server knows that its connections are gone.
      server.close(() => resolve(true));
    }, fails);
  });
  return promise.finally(() => {
    clearTimeout(timer);
    server.close();
  });
}

/** Sends four letters, and again after the answer; answers all that was said before the other side ended. */
function converse(port: number, letters: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => socket.write(letters));
    socket.setTimeout(TRIAL_MS, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
      if (answer.length === 4) socket.end(letters);
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}
