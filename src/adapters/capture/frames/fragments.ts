import { addressText } from './addresses.ts';

/** Limits on datagrams whose pieces are not all there. */
const DATAGRAMS_MAX = 256;
const DATAGRAM_BYTES_MAX = 65_535;
const PIECES_MAX = 64;
/** As long as hosts keep them (RFC 791 and Linux: 30 s). */
const AGE_US_MAX = 30_000_000;

export interface Fragment {
  readonly source: Int32Array;
  readonly destination: Int32Array;
  readonly protocol: number;
  readonly id: number;
  /** In bytes. */
  readonly offset: number;
  readonly isLast: boolean;
  readonly bytes: Uint8Array;
  readonly atUs: number;
}

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface Datagram {
  readonly atUs: number;
  readonly pieces: Piece[];
  length: number | null;
}

/** Puts fragmented datagrams together. Bounded: the oldest go first. */
export class FragmentAssembler {
  /** Datagrams that never became whole. */
  dropped = 0;
  readonly #datagrams = new Map<string, Datagram>();

  /** The whole datagram, once its last missing piece is there. Bytes that came first win. */
  add(fragment: Fragment): Uint8Array | null {
    if (fragment.offset + fragment.bytes.length > DATAGRAM_BYTES_MAX) return null;
    const key = keyOf(fragment);
    const datagram = this.#datagramOf(key, fragment.atUs);
    if (fragment.isLast) datagram.length ??= fragment.offset + fragment.bytes.length;
    if (datagram.pieces.length < PIECES_MAX) {
      datagram.pieces.push({ offset: fragment.offset, bytes: fragment.bytes.slice() });
    }
    const whole = wholeOf(datagram);
    if (whole !== null) this.#datagrams.delete(key);
    return whole;
  }

  #datagramOf(key: string, atUs: number): Datagram {
    const known = this.#datagrams.get(key);
    if (known !== undefined && atUs - known.atUs <= AGE_US_MAX) return known;
    if (known !== undefined) this.#drop(key);
    this.#makeRoom();
    const datagram: Datagram = { atUs, pieces: [], length: null };
    this.#datagrams.set(key, datagram);
    return datagram;
  }

  #makeRoom(): void {
    if (this.#datagrams.size < DATAGRAMS_MAX) return;
    const [oldest] = this.#datagrams.keys();
    if (oldest !== undefined) this.#drop(oldest);
  }

  #drop(key: string): void {
    this.#datagrams.delete(key);
    this.dropped += 1;
  }
}

function keyOf({ source, destination, protocol, id }: Fragment): string {
  return `${addressText(source)} ${addressText(destination)} ${protocol} ${id}`;
}

function wholeOf({ pieces, length }: Datagram): Uint8Array | null {
  if (length === null) return null;
  const whole = new Uint8Array(length);
  let filled = 0;
  for (const { offset, bytes } of pieces.toSorted((a, b) => a.offset - b.offset)) {
    if (offset > filled) return null;
    const rest = bytes.subarray(filled - offset, length - offset);
    whole.set(rest, filled);
    filled += rest.length;
  }
  return filled === length ? whole : null;
}
