// Durable SET and GET against redis-server with appendfsync always, by redis-benchmark.

import { redisBenchmark } from "../load.ts";
import { type Comparison, compare } from "../measure.ts";
import { chronDb, drained, durableRedis } from "../servers.ts";

interface Load {
  readonly work: string;
  readonly command: readonly string[];
  readonly clients: number;
  readonly pipeline: number;
  readonly goal: string;
}

const VALUE = JSON.stringify({
  name: "User number 1",
  age: 42,
  dept: "dept7",
  email: "user1@example.com",
  bio: "lorem ipsum dolor sit amet consectetur adipiscing",
});
const SET = ["SET", "user:__rand_int__", VALUE];
const GET = ["GET", "user:__rand_int__"];

const LOADS: readonly Load[] = [
  { work: "durable SET, 1 client", command: SET, clients: 1, pipeline: 1, goal: "≥ 0.55" },
  { work: "durable SET, 50 clients", command: SET, clients: 50, pipeline: 1, goal: "≥ 0.45" },
  { work: "durable SET, 50 clients, pipelined 16", command: SET, clients: 50, pipeline: 16, goal: "≥ 0.28" },
  { work: "GET, 50 clients", command: GET, clients: 50, pipeline: 1, goal: "≥ 0.65" },
  { work: "GET, 50 clients, pipelined 16", command: GET, clients: 50, pipeline: 16, goal: "≥ 0.25" },
];

export async function redisCases(seconds: number, rounds: number): Promise<Comparison[]> {
  const peer = await durableRedis();
  const server = await chronDb();
  try {
    const found: Comparison[] = [];
    for (const load of LOADS) {
      const contender = (name: string, port: number): { name: string; run(): Promise<number> } => ({
        name,
        run: async () => {
          // A burst starts with the archive drained, so that each is alike.
          await drained(server);
          return redisBenchmark(port, load.command, load.clients, load.pipeline, seconds);
        },
      });
      found.push(
        await compare(
          {
            work: load.work,
            unit: "requests/s",
            goal: load.goal,
            rounds,
            note: `bursts of ${seconds} s, ${VALUE.length}-byte JSON, 100,000 keys`,
          },
          contender("chrondb", server.redis),
          contender("redis", peer.port),
        ),
      );
    }
    return found;
  } finally {
    await server.stop();
    server.remove();
    await peer.stop();
  }
}
