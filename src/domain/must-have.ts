import { invariant } from './errors.ts';

/** What the caller put there itself: without it the rules are broken, and nothing goes on. */

/** The value of a key that is known to be there. */
export function mustHave<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  invariant(value !== undefined, 'a map lacks a key that was put there');
  return value;
}

/** The element of a list that is known to be long enough. */
export function elementAt<T>(list: readonly T[], index: number): T {
  const element = list[index];
  invariant(element !== undefined, 'a list is shorter than it must be');
  return element;
}
