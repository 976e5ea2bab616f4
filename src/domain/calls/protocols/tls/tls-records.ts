import { byteAt } from '../byte-at.ts';

/** One direction of TLS cut into records; only plain handshakes and alerts are kept. */

export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;
const CHANGE_CIPHER_SPEC = 20;
const HEAD_BYTES = 5;
const RECORD_BYTES_MAX = 16_384 + 2_048;

export interface TlsRecord {
  readonly type: number;
  readonly length: number;
  /** Empty for what is encrypted. */
  readonly content: Uint8Array;
}

const NOTHING = new Uint8Array(0);

export class RecordReader {
  readonly #onRecord: (record: TlsRecord, atUs: number) => void;
  #carried: Uint8Array = NOTHING;
  /** Bytes of an encrypted record that are still to come. */
  #left = 0;
  /** The next record cannot be found: bytes were lost, or this is not TLS. */
  isLost = false;

  constructor(onRecord: (record: TlsRecord, atUs: number) => void) {
    this.#onRecord = onRecord;
  }

  push(bytes: Uint8Array, atUs: number): void {
    let rest = bytes;
    while (rest.length > 0 && !this.isLost) {
      const skipped = Math.min(this.#left, rest.length);
      this.#left -= skipped;
      rest = skipped > 0 ? rest.subarray(skipped) : this.#readRecord(rest, atUs);
    }
  }

  lose(count: number): void {
    if (count <= this.#left) this.#left -= count;
    else this.isLost = true;
  }

  #readRecord(bytes: Uint8Array, atUs: number): Uint8Array {
    const all = joined(this.#carried, bytes);
    this.#carried = NOTHING;
    if (!beginsRecord(all)) {
      this.isLost = true;
      return NOTHING;
    }
    if (all.length < HEAD_BYTES) return this.#carry(all);
    const [type, length] = [byteAt(all, 0), byteAt(all, 3) * 256 + byteAt(all, 4)];
    if (type === APPLICATION_DATA) {
      this.#left = length;
      this.#onRecord({ type, length, content: NOTHING }, atUs);
      return all.subarray(HEAD_BYTES);
    }
    if (all.length < HEAD_BYTES + length) return this.#carry(all);
    this.#onRecord({ type, length, content: all.subarray(HEAD_BYTES, HEAD_BYTES + length) }, atUs);
    return all.subarray(HEAD_BYTES + length);
  }

  #carry(bytes: Uint8Array): Uint8Array {
    this.#carried = bytes.slice();
    return NOTHING;
  }
}

/** Whether these can be the first bytes of a record, as far as they go. */
export function beginsRecord(bytes: Uint8Array): boolean {
  const [type = HANDSHAKE, major = 3, minor = 0, high = 0, low = 0] = bytes;
  const isType = type >= CHANGE_CIPHER_SPEC && type <= APPLICATION_DATA;
  return isType && major === 3 && minor <= 4 && high * 256 + low <= RECORD_BYTES_MAX;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
