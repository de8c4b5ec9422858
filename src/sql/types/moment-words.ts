// Words in written dates and times: months, days of the week, abbreviations of zones.

const MONTHS = "january february march april may june july august september october november december".split(" ");
const DAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");
const SHORT_DAYS: ReadonlySet<string> = new Set(["tues", "weds", "wednes", "thur", "thurs"]);

/** 1 to 12; 0 when the word is no month. */
export function monthOf(word: string): number {
  if (word === "sept") return 9;
  return MONTHS.findIndex((month) => word === month || word === month.slice(0, 3)) + 1;
}

export const isWeekday = (word: string): boolean =>
  SHORT_DAYS.has(word) || DAYS.some((day) => word === day || word === day.slice(0, 3));

/** Minutes east of Greenwich, of PostgreSQL's default set of abbreviations. */
const OFFSETS: Readonly<Record<string, number>> = {
  acdt: 630,
  acst: 570,
  adt: -180,
  aedt: 660,
  aest: 600,
  akdt: -480,
  akst: -540,
  art: -180,
  ast: -240,
  awst: 480,
  bdst: 120,
  brst: -120,
  brt: -180,
  bst: 60,
  cat: 120,
  cdt: -300,
  cest: 120,
  cet: 60,
  cst: -360,
  eat: 180,
  edt: -240,
  eest: 180,
  eet: 120,
  est: -300,
  gmt: 0,
  hkt: 480,
  hst: -600,
  idt: 180,
  ist: 120,
  jst: 540,
  kst: 540,
  mdt: -360,
  mest: 120,
  met: 60,
  msd: 240,
  mst: -420,
  ndt: -150,
  nst: -210,
  nzdt: 780,
  nzst: 720,
  pdt: -420,
  pht: 480,
  pkt: 300,
  pst: -480,
  sast: 120,
  sgt: 480,
  uct: 0,
  ut: 0,
  utc: 0,
  vet: -240,
  wast: 120,
  wat: 60,
  west: 60,
  wet: 0,
  z: 0,
  zulu: 0,
};

/** Abbreviations that stood for different offsets at different times, and the zone that says which. */
const MOVING: Readonly<Record<string, string>> = { msk: "Europe/Moscow", lmt: "", novt: "Asia/Novosibirsk" };

/** Seconds east of Greenwich, or a zone's name; undefined when the word is no abbreviation. */
export function zoneWord(word: string): number | string | undefined {
  const minutes = OFFSETS[word];
  if (minutes !== undefined) return minutes * 60;
  const zone = MOVING[word];
  return zone === "" ? undefined : zone;
}
