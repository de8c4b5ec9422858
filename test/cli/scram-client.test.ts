// The SCRAM client against the exchange printed in RFC 7677 section 3 (whose user name PostgreSQL leaves out).
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { expect, test } from "vitest";
import { ScramClient } from "../../src/cli/scram-client.ts";

const NONCE = "rOprNGfwEbeRWgbNEkqO";
const CHALLENGE = `r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;

/** The server's side, written from the RFC's formulas. */
function server(password: string) {
  const salted = pbkdf2Sync(password, Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"), 4096, 32, "sha256");
  const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const message = `n=,r=${NONCE},${CHALLENGE},c=biws,${CHALLENGE.split(",")[0]}`;
  const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest();
  return {
    storedKey,
    signature: hmac(storedKey, message),
    final: `v=${hmac(hmac(salted, "Server Key"), message).toString("base64")}`,
  };
}

test("the proof is one the server's stored key accepts, and the server's answer is accepted", () => {
  const client = new ScramClient("pencil", NONCE);
  expect(client.first()).toBe(`n,,n=,r=${NONCE}`);
  const answer = client.final(CHALLENGE);
  const proof = Buffer.from(answer.slice(answer.indexOf(",p=") + 3), "base64");
  const { storedKey, signature, final } = server("pencil");
  const clientKey = Buffer.from(proof.map((byte, at) => byte ^ (signature[at] ?? 0)));
  expect(createHash("sha256").update(clientKey).digest()).toEqual(storedKey);
  expect(() => client.verify(final)).not.toThrow();
});

test("a server that does not know the password is found out", () => {
  const client = new ScramClient("pencil", NONCE);
  client.final(CHALLENGE);
  expect(() => client.verify(server("eraser").final)).toThrow(/could not prove/);
  expect(() => client.verify("v=")).toThrow(/could not prove/);
});

test.each([
  "r=other,s=W22Z,i=4096",
  `r=${NONCE},s=W22Z,i=4096`,
  `r=${NONCE}x,i=4096`,
  `r=${NONCE}x,s=W22Z,i=0`,
  `r=${NONCE}x,s=W22Z,i=99999999`,
  "",
])("the challenge %s is malformed", (challenge) => {
  expect(() => new ScramClient("p", NONCE).final(challenge)).toThrow(/malformed/);
});
