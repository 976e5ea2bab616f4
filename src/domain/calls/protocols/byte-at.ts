/**
 * A byte that the caller knows to be there.
 *
 * The compiler cannot know it; a test for `undefined` at each byte of a capture would cost more than the
 * read, and be a branch that nothing ever takes.
 */
export function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

/** Four bytes that are known to be there, the high one first. */
export function uint32At(bytes: Uint8Array, at: number): number {
  const high = (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
  return high * 65_536 + ((byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3));
}
