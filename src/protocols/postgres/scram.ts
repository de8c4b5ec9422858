// The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) for one connection. A user that does not exist goes through the same
// exchange with a made-up salt and fails only at its end, so that names cannot be guessed from the outside.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Random } from "../../base/random.ts";
import { SqlError } from "../../sql/contract.ts";

export const MECHANISM = "SCRAM-SHA-256";
const NONCE_BYTES = 18;
const MOCK_ITERATIONS = 4096;

export interface ScramVerifier {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** What the door needs to know of users; main.ts supplies it from src/auth. */
export interface PgAuthenticator {
  /** True: nobody needs a password. */
  readonly open: boolean;
  scramVerifier(user: string): ScramVerifier | null;
  /** The same made-up salt for the same unknown user, every time. */
  mockSalt(user: string): Buffer;
}

export class ScramExchange {
  readonly #user: string;
  readonly #verifier: ScramVerifier;
  readonly #known: boolean;
  readonly #random: Random;
  #header = "";
  #nonce = "";
  #firstBare = "";
  #serverFirst = "";

  constructor(user: string, authenticator: PgAuthenticator, random: Random) {
    const verifier = authenticator.scramVerifier(user);
    this.#user = user;
    this.#known = verifier !== null;
    this.#verifier = verifier ?? {
      salt: authenticator.mockSalt(user),
      iterations: MOCK_ITERATIONS,
      storedKey: random.bytes(32),
      serverKey: random.bytes(32),
    };
    this.#random = random;
  }

  /** Takes SASLInitialResponse; answers the server's first message. */
  first(body: Buffer): string {
    const zero = body.indexOf(0);
    const mechanism = body.toString("utf8", 0, Math.max(0, zero));
    if (mechanism !== MECHANISM) throw violation("client selected an invalid SASL authentication mechanism");
    const at = zero + 1;
    if (body.length < at + 4 || body.readInt32BE(at) !== body.length - at - 4) throw violation("malformed SCRAM message");
    const message = body.toString("utf8", at + 4);
    const match = /^((p=[^,]*|n|y),([^,]*),)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s.exec(message);
    if (match === null) throw violation("malformed SCRAM message");
    const [, header = "", binding = "", authorize = "", bare = "", nonce = ""] = match;
    if (binding.startsWith("p")) throw violation("client requires channel binding, which needs TLS; this port is without TLS");
    if (authorize !== "") throw violation("client uses authorization identity, but it is not supported", "0A000");
    this.#header = header;
    this.#firstBare = bare;
    this.#nonce = nonce + this.#random.bytes(NONCE_BYTES).toString("base64");
    this.#serverFirst = `r=${this.#nonce},s=${this.#verifier.salt.toString("base64")},i=${this.#verifier.iterations}`;
    return this.#serverFirst;
  }

  /** Takes SASLResponse; answers the server's final message. Throws 28P01 for a wrong password or an unknown user. */
  final(body: Buffer): string {
    const message = body.toString("utf8");
    const match = /^((c=([A-Za-z0-9+/=]*),r=([^,]*))(?:,[^p][^,]*)*),p=([A-Za-z0-9+/=]+)$/.exec(message);
    if (match === null) throw violation("malformed SCRAM message");
    const [, withoutProof = "", , binding = "", nonce = "", proof = ""] = match;
    if (binding !== Buffer.from(this.#header).toString("base64")) {
      throw violation("unexpected SCRAM channel-binding attribute in client-final-message");
    }
    if (nonce !== this.#nonce) throw violation("invalid SCRAM response: the nonce is not the one of this exchange");
    const authMessage = `${this.#firstBare},${this.#serverFirst},${withoutProof}`;
    const signature = hmac(this.#verifier.storedKey, authMessage);
    const given = Buffer.from(proof, "base64");
    if (given.length !== signature.length) throw violation("malformed SCRAM message");
    const clientKey = Buffer.alloc(signature.length);
    for (let at = 0; at < signature.length; at++) clientKey[at] = (given[at] ?? 0) ^ (signature[at] ?? 0);
    const right = timingSafeEqual(createHash("sha256").update(clientKey).digest(), this.#verifier.storedKey);
    if (!right || !this.#known) {
      throw new SqlError({
        sqlstate: "28P01",
        severity: "FATAL",
        message: `password authentication failed for user "${this.#user}"`,
      });
    }
    return `v=${hmac(this.#verifier.serverKey, authMessage).toString("base64")}`;
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function violation(message: string, sqlstate = "08P01"): SqlError {
  return new SqlError({ sqlstate, severity: "FATAL", message });
}
