/** How far `a` is after `b`, negative when before, in sequence numbers that wrap around at 2^32. */
export function distance(a: number, b: number): number {
  return (a - b) | 0;
}

export function plus(sequence: number, bytes: number): number {
  return (sequence + bytes) | 0;
}
