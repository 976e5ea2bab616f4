import { PROVING_MS, type ProofWord } from '../agreement.ts';
import type { ProofTarget } from './proof-target.ts';
import type { Proofs } from './proofs.ts';

/**
 * What one tap was asked, one after another, and when: its own connections are nobody's calls.
 */

/** A tap gives up after 3 s for the name and 3 s for the connection. Unit: milliseconds. */
const ANSWER_MS = 7_000;
/** What is not begun so long before the end would still be under way after it, when tests run. */
const SHORTEST_MS = 3_500;
/** Clocks of nodes differ. */
const SLACK_US = 100_000;
const MARKS_MAX = 256;

interface Mark {
  readonly port: number;
  readonly fromUs: number;
  toUs: number;
}

export class TapProofs {
  readonly #proofs: Proofs;
  readonly #nowUs: () => number;
  #marks: Mark[] = [];
  #last: Promise<unknown> = Promise.resolve();
  /** It left a question unanswered: a tap of before there were any. */
  #isMute = false;

  constructor(proofs: Proofs, nowUs: () => number) {
    this.#proofs = proofs;
    this.#nowUs = nowUs;
  }

  /** Null for each that it did not answer in time. */
  async prove(
    targets: readonly ProofTarget[],
    write: (line: string) => void,
  ): Promise<readonly (ProofWord | null)[]> {
    const endUs = this.#nowUs() + PROVING_MS * 1_000;
    const words: (ProofWord | null)[] = [];
    for (const target of targets) words.push(await this.#inTurn(target, write, endUs));
    return words;
  }

  /** Whether a connection that said nothing may be one of those by which it was found out. */
  isOwn(port: number, startedAtUs: number): boolean {
    return this.#marks.some(
      (mark) =>
        mark.port === port &&
        startedAtUs >= mark.fromUs - SLACK_US &&
        startedAtUs <= mark.toUs + SLACK_US,
    );
  }

  #inTurn(
    target: ProofTarget,
    write: (line: string) => void,
    endUs: number,
  ): Promise<ProofWord | null> {
    const turn = this.#last.then(() => this.#ask(target, write, endUs));
    this.#last = turn;
    return turn;
  }

  async #ask(
    target: ProofTarget,
    write: (line: string) => void,
    endUs: number,
  ): Promise<ProofWord | null> {
    const leftMs = (endUs - this.#nowUs()) / 1_000;
    if (this.#isMute || leftMs < SHORTEST_MS) return null;
    const fromUs = this.#nowUs();
    const timeoutMs = Math.min(ANSWER_MS, leftMs);
    const mark: Mark = { port: target.port, fromUs, toUs: fromUs + timeoutMs * 1_000 };
    this.#marks = [...this.#marks.slice(1 - MARKS_MAX), mark];
    const word = await this.#proofs.ask(target, write, timeoutMs);
    mark.toUs = this.#nowUs();
    if (word === null && timeoutMs === ANSWER_MS) this.#isMute = true;
    return word;
  }
}
