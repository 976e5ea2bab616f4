import { compareText } from './diagnostic.ts';
import { elementAt as at } from './must-have.ts';

/** Longer words are compared by their beginning only; nobody mistypes a word of this length. */
const COMPARED_LENGTH_MAX = 64;

/**
 * The candidate that a person most likely meant by `word`, or null when none is near.
 *
 * Near: at most a third of the letters differ, swapped neighbours counting once. Of several equally
 * near ones the first by code unit order, so the answer does not depend on the order of candidates.
 */
export function closestTo(word: string, candidates: Iterable<string>): string | null {
  const wanted = word.slice(0, COMPARED_LENGTH_MAX).toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) > bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    const isFirst = best !== null && compareText(candidate, best) < 0;
    if (distance > bestDistance || (distance === bestDistance && !isFirst)) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** A sentence for a hint: `did you mean "cart"?`, or undefined when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const closest = closestTo(word, candidates);
  return closest === null ? undefined : `did you mean "${closest}"?`;
}

/** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment); more than `max` is Infinity. */
function editDistance(a: string, b: string, max: number): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const replaced = at(previous, column - 1) + (isSame ? 0 : 1);
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwap ? at(beforePrevious, column - 2) + 1 : Infinity;
      const shifted = Math.min(at(previous, column), at(current, column - 1)) + 1;
      current.push(Math.min(replaced, swapped, shifted));
    }
    // A swap may still save one letter against the row before, never more.
    if (Math.min(...current) > max + 1) return Infinity;
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}
