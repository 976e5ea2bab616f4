import type { Message } from './messages.ts';
import { shownTopic } from './topics.ts';

/** Topics that a client says by a number, once it has named them. */

const KEPT_MAX = 1_024;

export class Aliases {
  readonly #shown = new Map<number, string>();

  /** As operations show it; empty when its name was not seen. */
  topicOf({ topic, properties: { topicAlias } }: Message): string {
    if (topic === '') return this.#shown.get(topicAlias) ?? '';
    const shown = shownTopic(topic);
    if (topicAlias > 0) this.#set(topicAlias, shown);
    return shown;
  }

  /** Others may have got their numbers. */
  lose(): void {
    this.#shown.clear();
  }

  #set(alias: number, shown: string): void {
    if (this.#shown.size >= KEPT_MAX) this.#shown.clear();
    this.#shown.set(alias, shown);
  }
}
