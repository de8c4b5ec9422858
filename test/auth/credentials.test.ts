import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createCredentials } from "../../src/auth/credentials.ts";
import { ChronError } from "../../src/base/errors.ts";
import { DEFAULT_LIMITS } from "../../src/base/limits.ts";
import { systemRandom } from "../../src/base/random.ts";

const deps = { random: systemRandom, limits: DEFAULT_LIMITS };
const configured = { username: "ada", password: "pässword" };

async function refusal(work: Promise<unknown>): Promise<ChronError> {
  const thrown = await work.then(
    () => null,
    (problem: unknown) => problem,
  );
  if (!(thrown instanceof ChronError)) throw new Error(`expected a ChronError, got ${String(thrown)}`);
  return thrown;
}

describe("open development mode", () => {
  const open = createCredentials(null, deps);

  it("takes any name and password", async () => {
    expect(open.open).toBe(true);
    expect(await open.password("anyone", "anything")).toBe("");
  });

  it("has no verifiers", () => expect(open.scramVerifier("anyone")).toBeNull());
});

describe("one configured user", () => {
  it("answers the principal for the right pair, again and again", async () => {
    const credentials = createCredentials(configured, deps);
    expect(credentials.open).toBe(false);
    expect(await credentials.password("ada", "pässword")).toBe("ada");
    expect(await credentials.password("ada", "pässword")).toBe("ada");
  });

  it("refuses everything else with the same words", async () => {
    const credentials = createCredentials(configured, deps);
    await credentials.password("ada", "pässword");
    const pairs = [
      ["ada", "wrong"],
      ["bob", "pässword"],
      ["", ""],
      ["ada", ""],
      ["ada:p", "ässword"],
      ["ADA", "pässword"],
    ];
    const messages = new Set<string>();
    for (const [user = "", password = ""] of pairs) {
      const problem = await refusal(credentials.password(user, password));
      expect(problem.code).toBe("WRONG_CREDENTIALS");
      messages.add(problem.message);
    }
    expect(messages.size).toBe(1);
  });

  it("remembers a proven pair, so that only the first check pays for the hash", async () => {
    const credentials = createCredentials(configured, { ...deps, limits: { ...DEFAULT_LIMITS, authChecks: 1, authQueue: 0 } });
    await credentials.password("ada", "pässword");
    // With no queue at all, a hundred at once only pass because none of them needs a turn.
    const answers = await Promise.all(Array.from({ length: 100 }, () => credentials.password("ada", "pässword")));
    expect(new Set(answers)).toEqual(new Set(["ada"]));
  });

  it("bounds the checks that run and wait", async () => {
    const reached: string[] = [];
    const credentials = createCredentials(configured, {
      ...deps,
      limits: { ...DEFAULT_LIMITS, authChecks: 1, authQueue: 1 },
      limitReached: (limit) => reached.push(limit),
    });
    const problems = await Promise.all([1, 2, 3].map((n) => refusal(credentials.password("ada", `wrong${n}`))));
    expect(problems.map((problem) => problem.code)).toEqual(["WRONG_CREDENTIALS", "WRONG_CREDENTIALS", "OVERLOADED"]);
    expect(reached).toEqual(["authQueue"]);
    expect(await credentials.password("ada", "pässword")).toBe("ada");
  });

  it("makes a SCRAM verifier as RFC 5802 says", () => {
    const verifier = createCredentials(configured, deps).scramVerifier("ada");
    if (verifier === null) throw new Error("ada has no verifier");
    const salted = pbkdf2Sync("pässword", verifier.salt, verifier.iterations, 32, "sha256");
    const clientKey = createHmac("sha256", salted).update("Client Key").digest();
    expect(verifier.storedKey).toEqual(createHash("sha256").update(clientKey).digest());
    expect(verifier.serverKey).toEqual(createHmac("sha256", salted).update("Server Key").digest());
  });

  it("makes up one salt a name, of the length of a real one", () => {
    const credentials = createCredentials(configured, deps);
    expect(credentials.scramVerifier("bob")).toBeNull();
    expect(credentials.mockSalt("bob")).toEqual(credentials.mockSalt("bob"));
    expect(credentials.mockSalt("bob")).not.toEqual(credentials.mockSalt("eve"));
    expect(credentials.mockSalt("bob").length).toBe(credentials.scramVerifier("ada")?.salt.length);
  });
});
