// Promises 1, 2, 3 and 6 together; see campaign.ts. The long form is test/long/sigkill.test.ts.
import { it } from "vitest";
import { killCampaign } from "./campaign.ts";

const KILLS = 50;
const seed = Number(process.env["SEED"] ?? Math.floor(performance.timeOrigin) % 1_000_000);

it(`nothing acknowledged is lost over ${KILLS} kills (seed ${seed})`, () => killCampaign(KILLS, seed), 300_000);
