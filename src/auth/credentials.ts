// The one configured user who guards all doors, and open development mode. The password is kept as a SCRAM verifier (PostgreSQL)
// and an scrypt hash (REST Basic, Redis AUTH), never as text. A wrong name costs the same work as a wrong password.
//
//   const credentials = createCredentials(settings.auth, { random, limits });
//   await credentials.password("chrondb", "secret");   // "chrondb", or throws WRONG_CREDENTIALS
import { createHash, createHmac, pbkdf2Sync, scrypt, timingSafeEqual } from "node:crypto";
import { saslprep } from "@mongodb-js/saslprep";
import { ChronError } from "../base/errors.ts";
import type { LimitName, Limits } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import { Turns } from "./turns.ts";

const SCRAM_ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** 16 MiB of memory and about 40 ms a check. */
const SCRYPT = { N: 16_384, r: 8, p: 1 };

export interface ScramVerifier {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export interface Credentials {
  /** True: development mode; every name and password is taken, and the principal is "". */
  readonly open: boolean;
  /**
   * The principal of a user and password. Throws WRONG_CREDENTIALS without saying which of the two was wrong, and OVERLOADED
   * when too many checks wait. A pair that was right is known again at once.
   */
  password(user: string, password: string): Promise<string>;
  /** What SCRAM-SHA-256 needs to check a user; null when there is none. */
  scramVerifier(user: string): ScramVerifier | null;
  /** A made-up salt, the same for the same name for as long as the server runs. */
  mockSalt(user: string): Buffer;
}

export interface CredentialsDeps {
  readonly random: Random;
  readonly limits: Limits;
  readonly limitReached?: (limit: LimitName) => void;
}

export function createCredentials(
  configured: { readonly username: string; readonly password: string } | null,
  deps: CredentialsDeps,
): Credentials {
  const mockKey = deps.random.bytes(KEY_BYTES);
  const mockSalt = (user: string): Buffer => hmac(mockKey, user).subarray(0, SALT_BYTES);
  if (configured === null) {
    return { open: true, password: async () => "", scramVerifier: () => null, mockSalt };
  }
  const { username, password: secret } = configured;
  const verifier = makeScramVerifier(secret, deps.random);
  const salt = deps.random.bytes(SALT_BYTES);
  const memoryKey = deps.random.bytes(KEY_BYTES);
  // The hash to compare with is derived at the first check, so that a start is not slowed by it.
  let expected: Promise<Buffer> | null = null;
  /** A keyed digest of the pair that was right. */
  let proven: Buffer | null = null;
  const turns = new Turns(deps.limits, deps.limitReached ?? (() => undefined));

  const check = async (user: string, password: string): Promise<string> => {
    // A digest of fixed length: comparing it tells nothing of either text, not even its length.
    const digest = hmac(memoryKey, `${user.length}:${user}:${password}`);
    if (proven !== null && timingSafeEqual(proven, digest)) return username;
    const right = await turns.run(async () => {
      // Every door takes every spelling of the same password, as SCRAM does.
      expected ??= derive(prepared(secret), salt);
      const [given, wanted] = await Promise.all([derive(prepared(password), salt), expected]);
      const passwordRight = timingSafeEqual(given, wanted);
      const userRight = timingSafeEqual(hmac(memoryKey, user), hmac(memoryKey, username));
      return passwordRight && userRight;
    });
    if (!right) throw new ChronError("WRONG_CREDENTIALS", "The user name or the password is wrong.");
    proven = digest;
    return username;
  };

  return {
    open: false,
    password: check,
    scramVerifier: (user) => (user === username ? verifier : null),
    mockSalt,
  };
}

/** A SCRAM-SHA-256 verifier of a password (RFC 5802). */
export function makeScramVerifier(password: string, random: Random): ScramVerifier {
  const salt = random.bytes(SALT_BYTES);
  const salted = pbkdf2Sync(prepared(password), salt, SCRAM_ITERATIONS, KEY_BYTES, "sha256");
  const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest();
  return { salt, iterations: SCRAM_ITERATIONS, storedKey, serverKey: hmac(salted, "Server Key") };
}

/** The password as SASLprep has it; as it is where SASLprep forbids it, which is what PostgreSQL and libpq do. */
function prepared(password: string): string {
  try {
    return saslprep(password);
  } catch (refused) {
    if (refused instanceof Error) return password;
    throw refused;
  }
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, SCRYPT, (problem, key) => (problem === null ? resolve(key) : reject(problem)));
  });
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
