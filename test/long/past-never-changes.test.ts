// The campaign of test/promises/past-never-changes.test.ts, over many more lives of the server.
import { expect, it } from "vitest";
import { pastCampaign } from "../promises/past-campaign.ts";

const LIVES = 100;
const seed = Number(process.env["SEED"] ?? Math.floor(performance.timeOrigin) % 1_000_000);

it(`answers about the past stay the same bytes over ${LIVES} lives of the server (seed ${seed})`, async () => {
  expect(await pastCampaign(LIVES, seed)).toBeGreaterThan(LIVES * 20);
}, 1_800_000);
