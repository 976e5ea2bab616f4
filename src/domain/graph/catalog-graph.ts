import type { Catalog, Component } from '../catalog/component.ts';
import { compareText } from '../diagnostic.ts';
import { didYouMean } from '../did-you-mean.ts';
import { OperationError, invariant } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { digraphFromEdgeList } from './digraph.ts';
import type { Digraph } from './digraph.ts';

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

/** @throws {OperationError} `CATALOG_UNKNOWN_COMPONENT` if a dependency is not in the catalog. */
export function catalogGraphOf(catalog: Catalog): CatalogGraph {
  const components = sortedByName([...catalog.components.values()]);
  const names = components.map((component) => component.name);
  const numbers = new Map(names.map((name, number) => [name, number]));
  const sources: number[] = [];
  const targets: number[] = [];
  const topics = new TopicIndex();
  for (const [number, component] of components.entries()) {
    for (const dependency of component.dependencies) {
      const target = numbers.get(dependency.name);
      if (target === undefined) throw unknownDependency(component.name, dependency.name, names);
      sources.push(number);
      targets.push(target);
      for (const topic of dependency.publishes) topics.of(target, topic).publishers.push(number);
      for (const topic of dependency.consumes) topics.of(target, topic).consumers.push(number);
    }
  }
  const dependencies = digraphFromEdgeList(names.length, { sources, targets });
  const sortedTopics = topics.sorted();
  for (const [index, topic] of sortedTopics.entries()) {
    const node = names.length + index;
    for (const publisher of topic.publishers) {
      sources.push(publisher);
      targets.push(node);
    }
    for (const consumer of topic.consumers) {
      sources.push(node);
      targets.push(consumer);
    }
  }
  const calls =
    sortedTopics.length === 0
      ? dependencies
      : digraphFromEdgeList(names.length + sortedTopics.length, { sources, targets });
  return { names, components, numbers, topics: sortedTopics, dependencies, calls };
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
  const hint = didYouMean(name, graph.names);
  throw new OperationError(code, `"${name}" is not in the catalog`, {
    ...(hint === undefined ? {} : { hint }),
    details: { component: name },
  });
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

  of(broker: number, name: string): TopicUnderConstruction {
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
  const isSorted = components.every(
    (component, index) => index === 0 || (components[index - 1]?.name ?? '') < component.name,
  );
  return isSorted ? components : components.toSorted((a, b) => compareText(a.name, b.name));
}

function unknownDependency(
  dependent: string,
  name: string,
  names: readonly string[],
): OperationError {
  const hint = didYouMean(name, names);
  return new OperationError(
    'CATALOG_UNKNOWN_COMPONENT',
    `"${dependent}" depends on "${name}", which is not in the catalog`,
    {
      ...(hint === undefined ? {} : { hint }),
      details: { component: dependent, dependency: name },
    },
  );
}
