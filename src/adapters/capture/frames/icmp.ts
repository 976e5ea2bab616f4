import { byte } from '../format/integers.ts';

/** Which ICMP messages say that a packet did not arrive, in words. */

const UNREACHABLE_V4 = 3;
const UNREACHABLE_V6 = 1;

/** Code 4 asks for smaller packets: nothing is unreachable. */
const CODES_V4: ReadonlyMap<number, string> = new Map([
  [0, 'network'],
  [1, 'host'],
  [2, 'protocol'],
  [3, 'port'],
  [5, 'source route'],
  [6, 'network unknown'],
  [7, 'host unknown'],
  [9, 'network prohibited'],
  [10, 'host prohibited'],
  [13, 'prohibited'],
]);

const CODES_V6: ReadonlyMap<number, string> = new Map([
  [0, 'no route'],
  [1, 'prohibited'],
  [2, 'beyond scope'],
  [3, 'host'],
  [4, 'port'],
  [5, 'source address refused'],
  [6, 'route rejected'],
]);

/** Null where the message is about something else. */
export function unreachableCodeOf(
  isVersion6: boolean,
  bytes: Uint8Array,
  start: number,
): string | null {
  const type = byte(bytes, start);
  const code = byte(bytes, start + 1);
  if (type !== (isVersion6 ? UNREACHABLE_V6 : UNREACHABLE_V4)) return null;
  return (isVersion6 ? CODES_V6 : CODES_V4).get(code) ?? null;
}
