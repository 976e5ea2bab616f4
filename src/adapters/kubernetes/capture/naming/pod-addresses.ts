/**
 * Which component a pod's address belonged to, and when. Addresses are used again by other pods, so each
 * holder is known by the time that it said hello.
 */

export interface PodAddress {
  readonly address: string;
  readonly component: string;
  /** Microseconds since the epoch. */
  readonly fromUs: number;
}

/** A pod's first packets and the hello of its tap are not in order. */
const BEFORE_HELLO_US = 2_000_000;
/** Holders that are remembered; the oldest go first. */
const HOLDERS_MAX = 8_192;

export class PodAddresses {
  #holders: PodAddress[] = [];
  /** Grows by components only, and only pods of this environment say hello. */
  readonly #components = new Set<string>();

  get all(): readonly PodAddress[] {
    return this.#holders;
  }

  add(addresses: readonly string[], component: string, atUs: number): void {
    const fromUs = atUs - BEFORE_HELLO_US;
    this.#components.add(component);
    for (const address of addresses) this.#holders.push({ address, component, fromUs });
    if (this.#holders.length > HOLDERS_MAX) this.#holders = this.#holders.slice(-HOLDERS_MAX / 2);
  }

  isComponent(name: string): boolean {
    return this.#components.has(name);
  }

  has(address: string): boolean {
    return this.#holders.some((holder) => holder.address === address);
  }
}

/** Asks holders in the order in which they came. */
export function holdersByAddress(
  holders: readonly PodAddress[],
): (address: string, atUs: number) => string | null {
  const lists = Map.groupBy(holders, ({ address }) => address);
  return (address, atUs) => {
    const list = lists.get(address) ?? [];
    const holder = list.findLast(({ fromUs }) => fromUs <= atUs) ?? list[0];
    return holder?.component ?? null;
  };
}
