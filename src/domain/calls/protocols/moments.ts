/** Keys of which moments are kept; those that were silent longest go first. */
const KEYS_MAX = 4_096;
/** Of one key; the oldest go first. */
const MOMENTS_MAX = 16;

/** When something happened, by a key: only as exactly as is needed to ask whether it did within some seconds. */
export class Moments {
  readonly #apartUs: number;
  readonly #byKey = new Map<string, number[]>();

  /** @param apartUs - What happens sooner after another is one with it. */
  constructor(apartUs: number) {
    this.#apartUs = apartUs;
  }

  note(key: string, atUs: number): void {
    const moments = this.#byKey.get(key) ?? [];
    if (atUs - (moments.at(-1) ?? -Infinity) < this.#apartUs) return;
    moments.push(atUs);
    if (moments.length > MOMENTS_MAX) moments.shift();
    this.#byKey.delete(key);
    this.#byKey.set(key, moments);
    if (this.#byKey.size <= KEYS_MAX) return;
    for (const oldest of this.#byKey.keys()) {
      this.#byKey.delete(oldest);
      return;
    }
  }

  hasWithin(key: string, fromUs: number, toUs: number): boolean {
    return this.#byKey.get(key)?.some((atUs) => atUs >= fromUs && atUs <= toUs) ?? false;
  }
}
