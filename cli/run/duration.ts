/** Seconds as people read them: `7 s`, `2 min 05 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** Measured seconds with three digits, in the unit that fits: `72 ms`, `3.64 s`, `13.4 s`, `2 min 05 s`. */
export function measured(seconds: number): string {
  if (seconds >= 60) {
    return duration(seconds);
  }
  return seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toPrecision(3)} s`;
}
