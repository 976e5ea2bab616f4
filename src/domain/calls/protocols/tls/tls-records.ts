import { byteAt } from '../byte-at.ts';
import { FrameReader, MORE, NONE } from '../bytes/frames.ts';

/** One direction of TLS cut into records. After a loss it goes on with a piece that begins one. */

export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;
const CHANGE_CIPHER_SPEC = 20;
const HEAD_BYTES = 5;
const RECORD_BYTES_MAX = 16_384 + 2_048;
/** What is asked for stands near the beginning of a handshake. */
const BYTES_KEPT = 4_096;

export interface TlsRecord {
  readonly type: number;
  readonly length: number;
  /** Its beginning, when it is longer than what is kept or has a hole. */
  readonly content: Uint8Array;
}

/** @param onTrouble - What came is no record. */
export function recordReader(
  onRecord: (record: TlsRecord) => void,
  onTrouble: () => void,
): FrameReader {
  return new FrameReader({
    keptMax: BYTES_KEPT,
    measure,
    canBegin: (bytes) => measure(bytes) > 0,
    onFrame: ({ bytes, length }) => {
      const content = bytes.subarray(HEAD_BYTES);
      onRecord({ type: byteAt(bytes, 0), length: length - HEAD_BYTES, content });
    },
    onTrouble,
  });
}

function measure(bytes: Uint8Array): number {
  if (!beginsRecord(bytes)) return NONE;
  if (bytes.length < HEAD_BYTES) return MORE;
  return HEAD_BYTES + byteAt(bytes, 3) * 256 + byteAt(bytes, 4);
}

/** Whether these can be the first bytes of a record, as far as they go. */
export function beginsRecord(bytes: Uint8Array): boolean {
  const [type = HANDSHAKE, major = 3, minor = 0, high = 0, low = 0] = bytes;
  const isType = type >= CHANGE_CIPHER_SPEC && type <= APPLICATION_DATA;
  return isType && major === 3 && minor <= 4 && high * 256 + low <= RECORD_BYTES_MAX;
}
