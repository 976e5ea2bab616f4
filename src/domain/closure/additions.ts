import { componentOf } from '../graph/catalog-graph.ts';
import type { CatalogGraph, Topic } from '../graph/catalog-graph.ts';
import { targetsOf } from '../graph/digraph.ts';
import { isCopyable } from './sharing.ts';

/** Why something that no walk of the closure rule takes in is inside all the same. */
export type Addition =
  | { readonly role: 'datastore' | 'job'; readonly from: number }
  | { readonly role: 'consumer'; readonly from: number; readonly topic: string };

/**
 * Takes in, to a fixpoint, the datastores of what is inside, the jobs it depends on, and the consumers
 * of what it publishes to a broker that is inside; nothing shared and no external.
 *
 * Every reason rests on something that was inside before, so no two prove each other. Datastores go
 * before jobs and jobs before consumers: who could come in for several reasons gets the first.
 *
 * @param inside - Marks (1) what is inside; added to in place.
 * @param seeds - What is inside to begin with, ascending.
 */
export function additionsTo(
  graph: CatalogGraph,
  inside: Uint8Array,
  seeds: readonly number[],
): ReadonlyMap<number, Addition> {
  const additions = new Map<number, Addition>();
  const candidates = new Candidates(graph, inside);
  for (const seed of seeds) candidates.usedBy(seed);
  for (let next = candidates.next(); next !== undefined; next = candidates.next()) {
    const [number, addition] = next;
    if (inside[number] === 1) continue;
    inside[number] = 1;
    additions.set(number, addition);
    candidates.usedBy(number);
  }
  return additions;
}

type Candidate = readonly [number, Addition];

class Candidates {
  readonly #graph: CatalogGraph;
  readonly #inside: Uint8Array;
  /** Index of the topic, and the topic. */
  readonly #topicsOfBroker: ReadonlyMap<number, readonly (readonly [number, Topic])[]>;
  readonly #openedTopics = new Set<number>();
  readonly #datastores = new Queue<Candidate>();
  readonly #jobs = new Queue<Candidate>();
  readonly #consumers = new Queue<Candidate>();

  constructor(graph: CatalogGraph, inside: Uint8Array) {
    this.#graph = graph;
    this.#inside = inside;
    this.#topicsOfBroker = Map.groupBy(graph.topics.entries(), ([, { broker }]) => broker);
  }

  next(): Candidate | undefined {
    return this.#datastores.shift() ?? this.#jobs.shift() ?? this.#consumers.shift();
  }

  /** Queues what comes in because `user` is inside. */
  usedBy(user: number): void {
    for (const node of targetsOf(this.#graph.calls, user)) {
      if (node < this.#graph.names.length) this.#dependency(node, user);
      else this.#published(node - this.#graph.names.length, user);
    }
    for (const [index, { publishers }] of this.#topicsOfBroker.get(user) ?? []) {
      const publisher = publishers.find((number) => this.#inside[number] === 1);
      if (publisher !== undefined) this.#published(index, publisher);
    }
  }

  #dependency(number: number, from: number): void {
    const component = componentOf(this.#graph, number);
    if (!isCopyable(component)) return;
    if (component.type === 'datastore')
      this.#datastores.push([number, { role: 'datastore', from }]);
    if (component.type === 'job') this.#jobs.push([number, { role: 'job', from }]);
  }

  #published(index: number, from: number): void {
    const topic = this.#graph.topics[index];
    if (topic === undefined || this.#inside[topic.broker] !== 1) return;
    // The first publisher brings in all there is to bring in.
    if (this.#openedTopics.has(index)) return;
    this.#openedTopics.add(index);
    for (const consumer of topic.consumers) {
      if (!isCopyable(componentOf(this.#graph, consumer))) continue;
      this.#consumers.push([consumer, { role: 'consumer', from, topic: topic.name }]);
    }
  }
}

/** First in, first out, without moving what waits. */
class Queue<T> {
  readonly #items: T[] = [];
  #head = 0;

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item !== undefined) this.#head += 1;
    return item;
  }
}
