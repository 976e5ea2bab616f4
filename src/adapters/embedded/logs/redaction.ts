/** Replaces known secret values in text that leaves a component. */

const MASK = '***';
/** Shorter ones would blacken half of every log and are no secrets. */
const SHORTEST = 4;

export interface Redactor {
  /** Adds values; lines of a longer one count each, as does its form in a URL. */
  learn(values: Iterable<string>): void;
  redact(text: string): string;
  /** Cuts to `limit` characters without leaving the first part of a secret at the end. */
  cut(text: string, limit: number): string;
}

export function createRedactor(): Redactor {
  const known = new Set<string>();
  let pattern: RegExp | null = null;

  const redact = (text: string): string =>
    pattern === null ? text : text.replaceAll(pattern, MASK);

  return {
    learn(values) {
      const before = known.size;
      for (const value of values) for (const piece of piecesOf(value)) known.add(piece);
      if (known.size === before) return;
      const longestFirst = [...known].toSorted((a, b) => b.length - a.length);
      pattern = new RegExp(longestFirst.map(escaped).join('|'), 'g');
    },
    redact,
    cut(text, limit) {
      if (text.length <= limit) return redact(text);
      const kept = text.slice(0, limit);
      let partial = 0;
      for (const secret of known) partial = Math.max(partial, overlap(kept, secret));
      return redact(kept.slice(0, limit - partial));
    },
  };
}

function* piecesOf(value: string): Generator<string> {
  for (const line of value.split(/[\r\n]+/u)) {
    const piece = line.trim();
    if (piece.length < SHORTEST) continue;
    yield piece;
    yield encodeURIComponent(piece);
  }
}

/** Length of the longest proper start of `secret` that `text` ends with. */
function overlap(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/gu, '\\$&');
}
