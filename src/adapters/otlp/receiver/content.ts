import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { BODY_BYTES_MAX, CONTENT_BYTES_MAX } from '../limits.ts';

/** The bytes of a request, bounded before and after decompression. */

export type Refusal = 'too large' | 'not gzip' | 'cut';
export type Content = Uint8Array | Refusal;

/** Some of what is too much is read and thrown away: who is still sending does not hear the answer. */
const THROWN_AWAY_RATIO = 8;

export async function bodyOf(
  stream: Readable,
  bytesMax: number = BODY_BYTES_MAX,
): Promise<Content> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  try {
    // The answer goes the same way, so the stream has to live on.
    for await (const piece of stream.iterator({ destroyOnReturn: false })) {
      if (!(piece instanceof Uint8Array)) return 'cut';
      length += piece.length;
      if (length > bytesMax) pieces = [];
      else pieces.push(piece);
      if (length > bytesMax * THROWN_AWAY_RATIO) break;
    }
  } catch {
    return 'cut';
  }
  return length > bytesMax ? 'too large' : Buffer.concat(pieces);
}

const unzip = promisify(gunzip);

export async function contentOf(body: Uint8Array, isCompressed: boolean): Promise<Content> {
  if (!isCompressed) return body;
  try {
    return await unzip(body, { maxOutputLength: CONTENT_BYTES_MAX });
  } catch (error) {
    const isTooLarge =
      error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge ? 'too large' : 'not gzip';
  }
}
