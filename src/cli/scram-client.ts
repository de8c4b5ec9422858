// The client's half of SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL speaks it; without channel binding.
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import saslprep from "@mongodb-js/saslprep";
import { systemRandom } from "../base/random.ts";
import { CliError, EXIT } from "./exit.ts";

export const MECHANISM = "SCRAM-SHA-256";

/** A server that asks for more rounds than this is not one to log in to. */
const MAX_ITERATIONS = 1_000_000;

export class ScramClient {
  readonly #password: string;
  readonly #nonce: string;
  #serverSignature: Buffer = Buffer.alloc(0);

  /** `nonce` is replaced in tests; it must be fresh. */
  constructor(password: string, nonce = systemRandom.bytes(18).toString("base64")) {
    this.#password = prepared(password);
    this.#nonce = nonce;
  }

  /** PostgreSQL takes the user from the startup message, so the name here stays empty. */
  first(): string {
    return `n,,n=,r=${this.#nonce}`;
  }

  /** Answers the server's challenge. */
  final(challenge: string): string {
    const attributes = new Map(challenge.split(",").map((part) => [part.slice(0, 1), part.slice(2)]));
    const nonce = attributes.get("r") ?? "";
    const salt = attributes.get("s") ?? "";
    const iterations = Number(attributes.get("i"));
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce || salt === "") throw malformed();
    if (!Number.isSafeInteger(iterations) || iterations < 1 || iterations > MAX_ITERATIONS) throw malformed();
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, "base64"), iterations, 32, "sha256");
    const clientKey = hmac(salted, "Client Key");
    const storedKey = createHash("sha256").update(clientKey).digest();
    const withoutProof = `c=biws,r=${nonce}`;
    const message = `n=,r=${this.#nonce},${challenge},${withoutProof}`;
    const signature = hmac(storedKey, message);
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0)));
    this.#serverSignature = hmac(hmac(salted, "Server Key"), message);
    return `${withoutProof},p=${proof.toString("base64")}`;
  }

  /** Throws unless the server proves that it knows the password's verifier too. */
  verify(serverFinal: string): void {
    const given = Buffer.from(serverFinal.replace(/^v=/, ""), "base64");
    if (given.length !== this.#serverSignature.length || !timingSafeEqual(given, this.#serverSignature)) {
      throw new CliError(
        EXIT.failed,
        "The server could not prove that it knows the password; it may not be the server you mean.",
      );
    }
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function malformed(): CliError {
  return new CliError(EXIT.failed, "The server's SCRAM challenge is malformed.");
}

/** PostgreSQL takes passwords that SASLprep refuses as they are. */
function prepared(password: string): string {
  try {
    return saslprep(password, { allowUnassigned: true });
  } catch (thrown) {
    if (thrown instanceof Error) return password;
    throw thrown;
  }
}
