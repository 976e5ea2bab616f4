import { randomBytes } from 'node:crypto';
import { PROOF, PROOF_WORDS, type ProofWord } from '../agreement.ts';

/**
 * Questions to taps: whether a port can be reached from their pods. Asked on the stream of the tap, one at a
 * time, and answered by a connection of its own, since the stream itself is full of packets.
 *
 * Bounded: questions that wait, and how long. An answer to no question of ours is nobody's.
 */

export interface ProofTarget {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
}

/** Asked for and answered in one turn, whatever the host is. */
const HOST = /^[\da-z:](?:[\da-z.:-]{0,251}[\da-z:])?$/iu;
const PORT_MAX = 65_535;
const PENDING_MAX = 1_024;
const ID_BYTES = 8;

export function isProofTarget({ host, port }: ProofTarget): boolean {
  return HOST.test(host) && Number.isInteger(port) && port > 0 && port <= PORT_MAX;
}

export class Proofs {
  readonly #pending = new Map<string, (word: ProofWord) => void>();

  /**
   * @param write - Sends a line to the tap.
   * @returns Null when it does not answer by then.
   */
  async ask(
    { host, port }: ProofTarget,
    write: (line: string) => void,
    timeoutMs: number,
  ): Promise<ProofWord | null> {
    if (this.#pending.size >= PENDING_MAX) return null;
    const id = randomBytes(ID_BYTES).toString('hex');
    const { promise, resolve } = Promise.withResolvers<ProofWord | null>();
    const timer = setTimeout(() => resolve(null), timeoutMs);
    this.#pending.set(id, resolve);
    write(`prove ${id} ${host} ${port}\n`);
    const word = await promise;
    clearTimeout(timer);
    this.#pending.delete(id);
    return word;
  }

  /** Takes a line that somebody sent: `OFFSHOOT-PROOF/1 <id> <word>`. */
  hear(line: string): void {
    const [, id = '', said = ''] = line.split(' ');
    const word = PROOF_WORDS.find((one) => one === said);
    if (word !== undefined) this.#pending.get(id)?.(word);
  }
}

/** Whether a line is an answer, and no hello. */
export function isAnswer(line: string): boolean {
  return line.startsWith(`${PROOF} `);
}
