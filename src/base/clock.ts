// The only place that reads the time. Passed in, so that tests can move it.

export interface Clock {
  /** Wall clock, whole microseconds since 1970 (a safe integer until the year 2255). */
  micros(): number;
  /** Monotonic milliseconds with a fraction, for durations only. */
  elapsed(): number;
}

export const systemClock: Clock = {
  micros: () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
  elapsed: () => performance.now(),
};

/** `2026-11-22T20:16:43.123456Z` of microseconds since 1970. */
export function isoMicros(micros: number): string {
  const millis = Math.floor(micros / 1000);
  return `${new Date(millis).toISOString().slice(0, 23)}${String(micros - millis * 1000).padStart(3, "0")}Z`;
}
