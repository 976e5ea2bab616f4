const UNITS_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

const DURATION =
  /^(?=\d)(?:(?<d>\d{1,6})d)?(?:(?<h>\d{1,6})h)?(?:(?<m>\d{1,6})m(?!s))?(?:(?<s>\d{1,6})s)?(?:(?<ms>\d{1,9})ms)?$/u;

/** Milliseconds of `90s`, `5m`, `1h30m`, `7d`, `500ms`; null for anything else, a bare number included. */
export function parseDuration(text: string): number | null {
  const groups = DURATION.exec(text)?.groups;
  if (groups === undefined) return null;
  return Object.entries(UNITS_MS).reduce(
    (total, [unit, ms]) => total + Number(groups[unit] ?? 0) * ms,
    0,
  );
}

/** The shortest text that `parseDuration` reads back: `90000` → `1m30s`. Rounds down to milliseconds. */
export function formatDuration(ms: number): string {
  let left = Math.max(0, Math.floor(ms));
  let text = '';
  for (const [unit, unitMs] of Object.entries(UNITS_MS)) {
    const count = Math.floor(left / unitMs);
    if (count > 0) text += `${count}${unit}`;
    left -= count * unitMs;
  }
  return text === '' ? '0s' : text;
}
