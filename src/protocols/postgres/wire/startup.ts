// The untyped packets that open a connection.
import { Fields } from "./fields.ts";
import { CANCEL_REQUEST, GSSENC_REQUEST, ProtocolError, SSL_REQUEST } from "./protocol.ts";

export type StartupPacket =
  | { readonly type: "ssl" }
  | { readonly type: "gssenc" }
  | { readonly type: "cancel"; readonly pid: number; readonly secret: Buffer }
  | {
      readonly type: "startup";
      readonly major: number;
      readonly minor: number;
      readonly parameters: ReadonlyMap<string, string>;
    };

/** Decodes the packet's body (what follows its length). Throws ProtocolError. */
export function decodeStartup(body: Buffer): StartupPacket {
  const fields = new Fields(body, 0, body.length);
  const code = fields.uint32();
  if (code === SSL_REQUEST) return { type: "ssl" };
  if (code === GSSENC_REQUEST) return { type: "gssenc" };
  if (code === CANCEL_REQUEST) {
    const pid = fields.int32();
    return { type: "cancel", pid, secret: fields.copy(body.length - fields.at) };
  }
  const major = code >>> 16;
  const minor = code & 0xffff;
  const parameters = new Map<string, string>();
  // Older majors lay their packets out otherwise: nothing behind the version can be read.
  if (major === 3) {
    for (;;) {
      const name = fields.cstring();
      if (name === "") break;
      parameters.set(name, fields.cstring());
    }
    if (fields.at !== body.length) {
      throw new ProtocolError("invalid startup packet layout: expected terminator as last byte", { lost: true });
    }
  }
  return { type: "startup", major, minor, parameters };
}

/** What a peer that does not speak PostgreSQL seems to speak, from its first bytes; null when it may be PostgreSQL. */
export function foreignProtocol(head: Buffer): "tls" | "http" | null {
  if (head.length >= 2 && head[0] === 0x16 && head[1] === 0x03) return "tls";
  if (head.length >= 4 && /^(GET |POST|PUT |HEAD|DELE|OPTI|PATC|CONN|TRAC|PRI )/.test(head.toString("latin1", 0, 4)))
    return "http";
  return null;
}

/**
 * Settings in the startup parameter `options`, as a command line: `-c name=value`, `-cname=value`, `--name=value`;
 * a backslash keeps the next character. Throws ProtocolError 42601 for anything else.
 */
export function parseOptions(options: string): [name: string, value: string][] {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < options.length; at++) {
    const character = options.charAt(at);
    if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + (character === "\\" ? options.charAt(++at) : character);
    }
  }
  if (word !== null) words.push(word);
  const settings: [string, string][] = [];
  for (let at = 0; at < words.length; at++) {
    const given = words[at] ?? "";
    let setting: string | undefined;
    if (given === "-c") setting = words[++at];
    else if (given.startsWith("--")) setting = given.slice(2);
    else if (given.startsWith("-c")) setting = given.slice(2);
    const equals = setting?.indexOf("=") ?? -1;
    if (setting === undefined || equals < 1) {
      throw new ProtocolError(`invalid command-line argument for server process: ${given}; use -c name=value`, {
        sqlstate: "42601",
        lost: true,
      });
    }
    // As on a command line, dashes in a long name stand for underscores.
    settings.push([setting.slice(0, equals).replaceAll("-", "_"), setting.slice(equals + 1)]);
  }
  return settings;
}
