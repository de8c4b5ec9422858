// The campaign of test/crash/sigkill.test.ts, ten times as long.
import { it } from "vitest";
import { killCampaign } from "../crash/campaign.ts";

const KILLS = 500;
const seed = Number(process.env["SEED"] ?? Math.floor(performance.timeOrigin) % 1_000_000);

it(`nothing acknowledged is lost over ${KILLS} kills (seed ${seed})`, () => killCampaign(KILLS, seed), 1_800_000);
