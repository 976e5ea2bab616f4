import type { Random } from './random.ts';

/** Draws that find nobody fit before giving up. */
const TRIES_MAX = 40;

/** Draws nodes in proportion to what each has left of a degree. */
export class Urn {
  readonly #random: Random;
  readonly #left: readonly number[];
  readonly #slots: number[] = [];

  constructor(random: Random, left: readonly number[]) {
    this.#random = random;
    this.#left = left;
  }

  add(node: number): void {
    for (let slot = 0; slot < (this.#left[node] ?? 0); slot += 1) this.#slots.push(node);
  }

  draw(): number | undefined {
    return this.drawWhere(() => true);
  }

  drawWhere(isFit: (node: number) => boolean): number | undefined {
    for (let tries = 0; tries < TRIES_MAX && this.#slots.length > 0; tries += 1) {
      const index = this.#random.below(this.#slots.length);
      const node = this.#slots[index] ?? 0;
      const isSpent = (this.#left[node] ?? 0) <= 0;
      if (!isSpent && !isFit(node)) continue;
      const last = this.#slots.pop() ?? 0;
      if (index < this.#slots.length) this.#slots[index] = last;
      if (!isSpent) return node;
    }
    return undefined;
  }
}
