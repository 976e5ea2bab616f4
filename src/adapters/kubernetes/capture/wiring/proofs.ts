import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ProveHandshake } from '../../../../application/ports/handshake.ts';
import { PROOF, TAP_WORDS, TUNNEL_WORD, type ProofWord } from '../agreement.ts';
import type { ProofTarget } from './proof-target.ts';

/**
 * Questions to taps: whether a port can be reached from their pods. Asked on the stream of the tap, one at a
 * time, and answered by a connection of its own, since the stream itself is full of packets.
 *
 * Bounded: questions that wait, and how long. An answer to no question of ours is nobody's.
 */

const PENDING_MAX = 1_024;
const ID_BYTES = 8;

interface Question {
  readonly target: ProofTarget;
  readonly resolve: (word: ProofWord) => void;
}

export class Proofs {
  readonly #proveHandshake: ProveHandshake<Socket>;
  readonly #pending = new Map<string, Question>();

  constructor(proveHandshake: ProveHandshake<Socket>) {
    this.#proveHandshake = proveHandshake;
  }

  /**
   * @param write - Sends a line to the tap.
   * @returns Null when it does not answer by then.
   */
  async ask(
    target: ProofTarget,
    write: (line: string) => void,
    timeoutMs: number,
  ): Promise<ProofWord | null> {
    if (this.#pending.size >= PENDING_MAX) return null;
    const id = randomBytes(ID_BYTES).toString('hex');
    const { promise, resolve } = Promise.withResolvers<ProofWord | null>();
    const timer = setTimeout(() => resolve(null), timeoutMs);
    this.#pending.set(id, { target, resolve });
    const { host, port, tls } = target;
    write(`prove ${id} ${host} ${port}${tls === 'none' ? '' : ` ${TUNNEL_WORD}`}\n`);
    const word = await promise;
    clearTimeout(timer);
    this.#pending.delete(id);
    return word;
  }

  /**
   * Takes a line that somebody sent: `OFFSHOOT-PROOF/1 <id> <word>`.
   *
   * @param lead - Gives the connection that it came by, from whatever came after the line.
   * @returns Whether that connection is used from now on, and by nobody else.
   */
  hear(line: string, lead: () => Socket): boolean {
    const [, id = '', said = ''] = line.split(' ');
    const question = this.#pending.get(id);
    if (question === undefined) return false;
    const word = TAP_WORDS.find((one) => one === said);
    if (word !== undefined) question.resolve(word);
    if (said !== TUNNEL_WORD || question.target.tls === 'none') return false;
    void this.#shake(question, lead());
    return true;
  }

  async #shake({ target, resolve }: Question, tunnel: Socket): Promise<void> {
    const name = target.tls === 'by-name' ? target.host : null;
    resolve((await this.#proveHandshake(tunnel, name)) ?? 'unknown');
  }
}

/** Whether a line is an answer, and no hello. */
export function isAnswer(line: string): boolean {
  return line.startsWith(`${PROOF} `);
}
