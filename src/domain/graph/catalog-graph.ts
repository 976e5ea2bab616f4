import type { Catalog, Component, Dependency } from '../catalog/component.ts';
import { compareText } from '../diagnostic.ts';
import { didYouMean } from '../did-you-mean.ts';
import { OperationError, invariant } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { digraphFromEdgeList, targetsOf } from './digraph.ts';
import type { Digraph } from './digraph.ts';
import { oncePerObject } from '../once-per-object.ts';

/** One topic of one broker, with the numbers of those who publish to it and consume from it, ascending. */
export interface Topic {
  readonly broker: number;
  readonly name: string;
  readonly publishers: readonly number[];
  readonly consumers: readonly number[];
}

/** A catalog as numbers: component n is the n-th by name. Built in linear time. */
export interface CatalogGraph {
  /** Sorted. */
  readonly names: readonly string[];
  readonly components: readonly Component[];
  readonly numbers: ReadonlyMap<string, number>;
  /** Sorted by broker, then name. */
  readonly topics: readonly Topic[];
  /** Dependent → dependency. */
  readonly dependencies: Digraph;
  /**
   * The dependencies, and publisher → consumer by way of a node for each topic: node
   * `names.length + i` is `topics[i]`. So a topic with a thousand publishers and a thousand consumers
   * is two thousand edges, not a million. `namesAlong` leaves the topics out of a walk.
   */
  readonly calls: Digraph;
}

/**
 * Made once for each Catalog, however often it is asked about.
 *
 * @throws {OperationError} `CATALOG_UNKNOWN_COMPONENT` if a dependency is not in the catalog.
 */
export const catalogGraphOf: (catalog: Catalog) => CatalogGraph = oncePerObject(buildGraph);

function buildGraph(catalog: Catalog): CatalogGraph {
  const components = sortedByName([...catalog.components.values()]);
  const names = components.map((component) => component.name);
  const numbers = new Map<string, number>();
  for (const name of names) numbers.set(name, numbers.size);
  const index = new TopicIndex();
  const dependencies = dependenciesOf(components, numbers, index);
  const topics = index.sorted();
  const calls = topics.length === 0 ? dependencies : withTopics(dependencies, topics);
  return { names, components, numbers, topics, dependencies, calls };
}

/** Fills `topics` in the same pass: reading all dependencies once more would take as long again. */
function dependenciesOf(
  components: readonly Component[],
  numbers: ReadonlyMap<string, number>,
  topics: TopicIndex,
): Digraph {
  const edgeCount = components.reduce((count, each) => count + each.dependencies.length, 0);
  const sources = new Int32Array(edgeCount);
  const targets = new Int32Array(edgeCount);
  let edge = 0;
  for (const [number, component] of components.entries()) {
    for (const dependency of component.dependencies) {
      const { name, publishes, consumes } = dependency;
      const target = numbers.get(name);
      if (target === undefined) throw danglingDependency(component.name, name, numbers.keys());
      sources[edge] = number;
      targets[edge] = target;
      edge += 1;
      if (publishes.length > 0 || consumes.length > 0) topics.add(number, target, dependency);
    }
  }
  return digraphFromEdgeList(components.length, { sources, targets });
}

function withTopics(dependencies: Digraph, topics: readonly Topic[]): Digraph {
  const sources: number[] = [];
  const targets: number[] = [];
  for (let number = 0; number < dependencies.size; number += 1) {
    for (const target of targetsOf(dependencies, number)) {
      sources.push(number);
      targets.push(target);
    }
  }
  for (const [index, topic] of topics.entries()) {
    const node = dependencies.size + index;
    for (const publisher of topic.publishers) {
      sources.push(publisher);
      targets.push(node);
    }
    for (const consumer of topic.consumers) {
      sources.push(node);
      targets.push(consumer);
    }
  }
  return digraphFromEdgeList(dependencies.size + topics.length, { sources, targets });
}

/** Dependent → dependency where the dependent waits for it to start; as the dependencies, without `startup: independent`. */
export function startGraphOf(graph: CatalogGraph): Digraph {
  const sources: number[] = [];
  const targets: number[] = [];
  for (const [number, component] of graph.components.entries()) {
    for (const dependency of component.dependencies) {
      if (dependency.startup === 'independent') continue;
      sources.push(number);
      targets.push(numberOf(graph, dependency.name));
    }
  }
  return digraphFromEdgeList(graph.names.length, { sources, targets });
}

/** @throws {OperationError} with `code` if the name is not in the catalog. */
export function numberOf(
  graph: CatalogGraph,
  name: string,
  code: ErrorCode = 'CATALOG_UNKNOWN_COMPONENT',
): number {
  const number = graph.numbers.get(name);
  if (number !== undefined) return number;
  throw unknownName(name, graph.names, { code, message: `"${name}" is not in the catalog` });
}

export function nameOf(graph: CatalogGraph, number: number): string {
  return componentOf(graph, number).name;
}

export function componentOf(graph: CatalogGraph, number: number): Component {
  const component = graph.components[number];
  invariant(component !== undefined, `there is no component ${number}`);
  return component;
}

/** The components along a walk through `calls`, by name. */
export function namesAlong(graph: CatalogGraph, walk: readonly number[]): string[] {
  return walk.filter((node) => node < graph.names.length).map((node) => nameOf(graph, node));
}

interface TopicUnderConstruction {
  readonly broker: number;
  readonly name: string;
  readonly publishers: number[];
  readonly consumers: number[];
}

class TopicIndex {
  readonly #byBroker = new Map<number, Map<string, TopicUnderConstruction>>();

  add(number: number, broker: number, { publishes, consumes }: Dependency): void {
    for (const topic of publishes) this.#of(broker, topic).publishers.push(number);
    for (const topic of consumes) this.#of(broker, topic).consumers.push(number);
  }

  #of(broker: number, name: string): TopicUnderConstruction {
    let topics = this.#byBroker.get(broker);
    if (topics === undefined) {
      topics = new Map();
      this.#byBroker.set(broker, topics);
    }
    let topic = topics.get(name);
    if (topic === undefined) {
      topic = { broker, name, publishers: [], consumers: [] };
      topics.set(name, topic);
    }
    return topic;
  }

  sorted(): Topic[] {
    return [...this.#byBroker.values()]
      .flatMap((topics) => topics.values().toArray())
      .toSorted((a, b) => a.broker - b.broker || compareText(a.name, b.name));
  }
}

/** A catalog iterates by name as a rule; then this is one pass. */
function sortedByName(components: readonly Component[]): readonly Component[] {
  let previous = '';
  let isSorted = true;
  for (const { name } of components) {
    isSorted &&= previous < name;
    previous = name;
  }
  return isSorted ? components : components.toSorted((a, b) => compareText(a.name, b.name));
}

function danglingDependency(
  dependent: string,
  name: string,
  names: Iterable<string>,
): OperationError {
  return unknownName(name, names, {
    code: 'CATALOG_UNKNOWN_COMPONENT',
    message: `"${dependent}" depends on "${name}", which is not in the catalog`,
  });
}

function unknownName(
  name: string,
  names: Iterable<string>,
  { code, message }: { readonly code: ErrorCode; readonly message: string },
): OperationError {
  const hint = didYouMean(name, names);
  const details = { component: name };
  return new OperationError(code, message, hint === undefined ? { details } : { hint, details });
}
