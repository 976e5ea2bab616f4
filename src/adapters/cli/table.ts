import { oneLine, widthOf } from './safe-text.ts';

/** Columns as wide as their widest cell, two blanks apart; control characters shown, never sent. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const clean = [head, ...rows].map((row) => row.map(oneLine));
  const widths = head.map((_, column) =>
    clean.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? '')), 0),
  );
  return clean.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}

const NAMES_SHOWN_MAX = 8;

/** `a, b, c and 4 more`: what a person reads of a list; documents have all of it. */
export function namesText(names: readonly string[], shownMax = NAMES_SHOWN_MAX): string {
  const more = names.length - shownMax;
  const shown = names.slice(0, shownMax).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** `1 error`, `2 errors`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `850 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
