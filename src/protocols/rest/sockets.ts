// What happens on a connection outside of requests: the limit on connections, silence in the middle of a message, and bytes
// that are no HTTP. Each is answered in HTTP where that is still possible, then closed.
import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { ErrorCode } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { RestDeps } from "./door.ts";

/** Milliseconds a refused connection has to read its answer. */
const FAREWELL_MS = 1_000;

/** A whole answer for a connection that has no request to answer. */
export function rawAnswer(status: number, code: ErrorCode, error: string, random: Random): string {
  const body = JSON.stringify({ error, code, request_id: random.uuid() });
  const retry = status === 503 ? "Retry-After: 1\r\n" : "";
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nContent-Type: application/json; charset=utf-8\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n${retry}Connection: close\r\n\r\n${body}`
  );
}

function farewell(socket: Socket, answer: string): void {
  socket.on("error", () => socket.destroy());
  socket.setTimeout(FAREWELL_MS, () => socket.destroy());
  socket.resume();
  socket.end(answer);
}

export interface SocketGuard {
  /** Told by the hooks of server.ts: a request was taken, and answered. */
  begin(request: IncomingMessage): void;
  end(request: IncomingMessage): void;
  /** For fastify's clientErrorHandler. */
  clientError(error: ClientError, socket: Socket): void;
  /** Closes connections that wait for no answer, now and as soon as they have theirs. */
  drain(): void;
  /** Takes charge of the connections of a server. */
  attach(server: Server): void;
}

interface Connection {
  /** Not answered yet. */
  readonly requests: Set<IncomingMessage>;
  /** Bytes that had been read when the last answer was done: more means that a new request has begun. */
  read: number;
}

type ClientError = Error & { readonly code?: string; readonly rawPacket?: unknown };

export function socketGuard(deps: Pick<RestDeps, "events" | "limits" | "random">): SocketGuard {
  const { events, limits, random } = deps;
  const taken = new Map<Socket, Connection>();
  let draining = false;
  let lastConnection = 0;

  const count = (socket: Socket): void => {
    const connection = `rest-${++lastConnection}`;
    let reason = "closed";
    taken.set(socket, { requests: new Set(), read: 0 });
    events.connectionOpened("rest", connection, socket.remoteAddress ?? "");
    socket.on("error", (error) => {
      reason = error.message;
    });
    socket.on("close", () => {
      taken.delete(socket);
      events.connectionClosed("rest", connection, reason);
    });
  };

  const lateHeaders = (): string => {
    events.limitReached("messageIdleMs");
    const sentence = `The request's headers were not whole after ${limits.messageIdleMs} ms (limit messageIdleMs).`;
    return rawAnswer(408, "TIMEOUT", sentence, random);
  };

  const silent = (socket: Socket): void => {
    const connection = taken.get(socket);
    const requests = [...(connection?.requests ?? [])];
    if (requests.length === 0) {
      // Between requests: an idle keep-alive connection, or half a header.
      if (socket.bytesRead > (connection?.read ?? 0)) farewell(socket, lateHeaders());
      else socket.destroy();
      return;
    }
    // With bytes waiting to be read it is us who are slow; with every request complete we are working on the answer.
    const half = requests.find((request) => !request.complete && request.readableLength === 0);
    if (half === undefined) return;
    const sentence = `The request stopped in the middle: no byte came for ${limits.messageIdleMs} ms (limit messageIdleMs).`;
    events.limitReached("messageIdleMs");
    if (requests.length === 1) farewell(socket, rawAnswer(408, "TIMEOUT", sentence, random));
    else socket.destroy();
  };

  return {
    begin(request) {
      taken.get(request.socket)?.requests.add(request);
    },
    end(request) {
      const connection = taken.get(request.socket);
      if (connection === undefined) return;
      connection.requests.delete(request);
      connection.read = request.socket.bytesRead;
      if (draining && connection.requests.size === 0) request.socket.end();
    },
    drain() {
      draining = true;
      for (const [socket, { requests }] of taken) if (requests.size === 0) socket.destroy();
    },
    clientError(error, socket) {
      // An answer under way must not be cut by another one.
      if (!socket.writable || (taken.get(socket)?.requests.size ?? 0) > 0) socket.destroy();
      else if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") farewell(socket, lateHeaders());
      else {
        if (error.code === "HPE_HEADER_OVERFLOW") events.limitReached("restHeaderBytes");
        farewell(socket, clientErrorAnswer(error, limits.restHeaderBytes, random));
      }
    },
    attach(server) {
      server.headersTimeout = limits.messageIdleMs;
      // The time of a whole request is not bounded (an import may stream for an hour); its silences are.
      server.requestTimeout = 0;
      server.setTimeout(limits.messageIdleMs);
      server.on("timeout", silent);
      // Node attaches its parser in its own listener, so a connection over the limit must not reach it.
      const takers = server.listeners("connection");
      server.removeAllListeners("connection");
      server.on("connection", (socket: Socket) => {
        if (taken.size >= limits.restConnections) {
          events.connectionRefused("rest", socket.remoteAddress ?? "", "restConnections");
          events.limitReached("restConnections");
          const sentence = `This server has its ${limits.restConnections} REST connections open (limit restConnections); try again shortly.`;
          farewell(socket, rawAnswer(503, "TOO_MANY_CONNECTIONS", sentence, random));
          return;
        }
        count(socket);
        for (const taker of takers) taker.call(server, socket);
      });
    },
  };
}

/** The first byte of a TLS record that opens a handshake. */
const TLS_HANDSHAKE = 0x16;

function clientErrorAnswer(error: ClientError, headerBytes: number, random: Random): string {
  const first = Buffer.isBuffer(error.rawPacket) ? error.rawPacket[0] : undefined;
  if (error.code === "HPE_HEADER_OVERFLOW") {
    return rawAnswer(
      431,
      "LIMIT_EXCEEDED",
      `The request's headers are over ${headerBytes} bytes (limit restHeaderBytes).`,
      random,
    );
  }
  return first === TLS_HANDSHAKE
    ? rawAnswer(400, "INVALID_ARGUMENT", "This port speaks plain HTTP and the bytes are TLS; use http:// in the address.", random)
    : rawAnswer(400, "INVALID_ARGUMENT", "The bytes are not an HTTP/1.1 request; this is ChronDB's REST port.", random);
}
