/**
 * A byte that the caller knows to be there.
 *
 * The compiler cannot know it; a test for `undefined` at each byte of a capture would cost more than the
 * read, and be a branch that nothing ever takes.
 */
export function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}
