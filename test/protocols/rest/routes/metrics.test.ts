import { rows } from "../rows.ts";

rows([
  {
    name: "what Prometheus reads",
    url: "/metrics",
    status: 200,
    is: "chrondb_up 1\n",
    answers: { "content-type": "text/plain; version=0.0.4" },
  },
]);
