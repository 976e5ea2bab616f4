import type { Detector } from '../../../domain/calls/protocols/decoder.ts';
import { hashOf } from '../frames/addresses.ts';
import type { Ends } from './connection.ts';
import type { From } from './reassembly.ts';

/** Who opened a connection whose handshake was not seen. */

/** Servers remembered from handshakes that were seen. */
const SERVERS_MAX = 65_536;
const PREFIX_BYTES = 512;
const NOTHING = new Uint8Array(0);

export class ClientGuess {
  readonly #detectors: readonly Detector[];
  readonly #servers = new Set<number>();

  constructor(detectors: readonly Detector[]) {
    this.#detectors = detectors;
  }

  /** An address and port at which somebody was seen to be asked. */
  sawServer(address: Int32Array, port: number): void {
    if (this.#servers.size < SERVERS_MAX) this.#servers.add(hashOf(address, port));
  }

  /** By what is known of the ends, then by what they say, then by the lower port. */
  guess(ends: Ends, first: readonly (Uint8Array | null)[]): From {
    const [isServer0, isServer1] = ends.map(({ address, port }) =>
      this.#servers.has(hashOf(address, port)),
    );
    if (isServer0 !== isServer1) return isServer0 === true ? 1 : 0;
    const said0 = this.#roleOf(first[0] ?? NOTHING);
    const said1 = this.#roleOf(first[1] ?? NOTHING);
    if (said0 === 'client' || said1 === 'server') return 0;
    if (said0 === 'server' || said1 === 'client') return 1;
    return ends[0].port < ends[1].port ? 1 : 0;
  }

  #roleOf(bytes: Uint8Array): 'client' | 'server' | null {
    if (bytes.length === 0) return null;
    const prefix = bytes.subarray(0, PREFIX_BYTES);
    const asks = this.#detectors.some((detector) => detector.detect(prefix, NOTHING) === 'yes');
    const answers = this.#detectors.some((detector) => detector.detect(NOTHING, prefix) === 'yes');
    if (asks === answers) return null;
    return asks ? 'client' : 'server';
  }
}
