import type { DnsPath, Question } from './dns-held.ts';
import { Moments } from './moments.ts';

/**
 * Whether a question without an answer shows that there was none, or that a recorder missed it.
 *
 * Who gets no answer asks again. Where nobody did, only a server that says nothing at all at that time,
 * or nothing about that name however often it is asked, is known to have been silent.
 */

/** A second question of the same resolver, which is no copy of the first. */
const AGAIN_US_MIN = 500_000;
const NEAR_US = 5_000_000;
const APART_US = 1_000_000;

export class DnsSilence {
  readonly #asked = new Moments(APART_US);
  readonly #answered = new Moments(APART_US);

  asked(name: string, path: DnsPath, atUs: number): void {
    this.#asked.note(nameKey(name, path), atUs);
  }

  answered(name: string, path: DnsPath, atUs: number): void {
    this.#answered.note(nameKey(name, path), atUs);
    this.#answered.note(serverKey(path), atUs);
  }

  /** @param untilUs - When its client had waited long enough. */
  isProvenBy({ name, path, startedAtUs, lastAskedAtUs }: Question, untilUs: number): boolean {
    if (lastAskedAtUs - startedAtUs >= AGAIN_US_MIN) return true;
    const fromUs = startedAtUs - NEAR_US;
    if (!this.#answered.hasWithin(serverKey(path), fromUs, untilUs)) return true;
    const key = nameKey(name, path);
    return (
      !this.#answered.hasWithin(key, fromUs, untilUs) &&
      (this.#asked.hasWithin(key, fromUs - APART_US, startedAtUs - APART_US) ||
        this.#asked.hasWithin(key, startedAtUs + APART_US, untilUs + APART_US))
    );
  }
}

function nameKey(name: string, { clientHost }: DnsPath): string {
  return `${clientHost} ${name}`;
}

function serverKey({ clientHost, server }: DnsPath): string {
  return `${clientHost} > ${server}`;
}
