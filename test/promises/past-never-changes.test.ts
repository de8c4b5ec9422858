// Promise 5: an answer about the past does not change.
import { expect, it } from "vitest";
import { pastCampaign } from "./past-campaign.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(performance.timeOrigin) % 1_000_000);

it(`answers about the past stay the same bytes over writes, restarts, kills, a rebuild and a repack (seed ${seed})`, async () => {
  expect(await pastCampaign(4, seed)).toBeGreaterThan(80);
}, 300_000);
