import { invariant } from '../errors.ts';

/** The value of a key that this room has put there itself. */
export function mustHave<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  invariant(value !== undefined, 'a plan lacks something that it is made of');
  return value;
}
