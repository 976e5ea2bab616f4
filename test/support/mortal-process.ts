/**
 * A process that is killed at one of its calls to the outside, before the call or after its effect.
 * Nothing it does after that has any effect, and none of its promises is ever settled.
 */
export class MortalProcess {
  #callsLeft: number;
  readonly #afterEffect: boolean;
  #isDead = false;
  #report: () => void = () => undefined;
  readonly died: Promise<'died'>;

  /** @param callsLeft - Whole calls that it lives through; `Infinity` for a process that is not killed. */
  constructor(callsLeft: number, afterEffect: boolean) {
    this.#callsLeft = callsLeft;
    this.#afterEffect = afterEffect;
    this.died = new Promise((resolve) => {
      this.#report = () => resolve('died');
    });
  }

  /** A method as this process calls it. */
  lives<A extends readonly unknown[], R>(
    method: (...args: A) => Promise<R>,
  ): (...args: A) => Promise<R> {
    return async (...args) => {
      if (this.#isDead) return await never();
      this.#callsLeft -= 1;
      const isLast = this.#callsLeft < 0;
      if (isLast && !this.#afterEffect) return await this.#die();
      if (isLast) {
        this.#isDead = true;
        await method(...args).catch(() => undefined);
        return await this.#die();
      }
      const result = await method(...args);
      return this.#isDead ? await never() : result;
    };
  }

  #die(): Promise<never> {
    this.#isDead = true;
    this.#report();
    return never();
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
