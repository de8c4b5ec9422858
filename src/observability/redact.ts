// Keeps secrets out of log lines, whatever object a call site hands over.

const SECRET_KEY = /pass(word|wd|phrase)?$|secret|authorization|cookie|token|api[-_]?key|private[-_]?key|verifier|credential/i;
const URL_CREDENTIALS = /(\w+:\/\/)[^\s/@:]*:[^\s/@]*@/g;
const CENSORED = "[redacted]";
/** Deeper than any detail ChronDB logs; also what ends a cycle. */
const MAX_DEPTH = 6;

/** A copy with the values of secret-looking keys replaced, and credentials cut out of URLs. Errors and buffers stay as they are. */
export function redact(value: Record<string, unknown>): Record<string, unknown> {
  return redactMapping(value, 0);
}

function redactMapping(mapping: object, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(mapping)) out[key] = SECRET_KEY.test(key) ? CENSORED : redactValue(value, depth + 1);
  return out;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.includes("://") ? value.replace(URL_CREDENTIALS, `$1${CENSORED}@`) : value;
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "[nested too deep to log]";
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  // Requests, sockets and errors have their own serializers; only plain data is walked.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? redactMapping(value, depth) : value;
}
