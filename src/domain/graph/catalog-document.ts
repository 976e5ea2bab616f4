import type { Catalog, ComponentType } from '../catalog/component.ts';
import { compareText } from '../diagnostic.ts';
import { catalogGraphOf, nameOf } from './catalog-graph.ts';
import type { CatalogGraph } from './catalog-graph.ts';
import { stronglyConnectedComponents } from './strongly-connected.ts';

/** What `catalog graph -o json` prints (design §9). Fields may be added, never renamed. */
export interface CatalogDocument {
  /** Sorted by name. */
  readonly components: readonly CatalogDocumentComponent[];
  /** Sorted by `from`, `to`, `via`. */
  readonly dependencies: readonly CatalogDocumentDependency[];
  /** Strongly connected components of more than one: names sorted, list sorted. */
  readonly cycles: readonly (readonly string[])[];
}

interface CatalogDocumentComponent {
  readonly name: string;
  readonly type: ComponentType;
  readonly sharing: 'isolated' | 'shared';
}

interface CatalogDocumentDependency {
  readonly from: string;
  readonly to: string;
  readonly optional: boolean;
  readonly startup: 'wait' | 'independent';
  /** `call` from dependent to dependency, `topic:<name>` from publisher to consumer. */
  readonly via: string;
}

export function catalogDocumentOf(
  catalog: Catalog,
  graph: CatalogGraph = catalogGraphOf(catalog),
): CatalogDocument {
  return {
    components: graph.components.map(({ name, type, sharing }) => ({ name, type, sharing })),
    dependencies: [...callsOf(graph), ...deliveriesOf(graph)].toSorted(compareDependencies),
    cycles: cyclesOf(graph),
  };
}

function callsOf(graph: CatalogGraph): CatalogDocumentDependency[] {
  return graph.components.flatMap((component) =>
    component.dependencies.map(({ name, optional, startup }) => ({
      from: component.name,
      to: name,
      optional,
      startup,
      via: 'call',
    })),
  );
}

/** Nobody waits for the consumer of a topic, and each pair counts once, however many brokers have such a topic. */
function deliveriesOf(graph: CatalogGraph): CatalogDocumentDependency[] {
  const seen = new Map<string, CatalogDocumentDependency>();
  for (const topic of graph.topics) {
    for (const publisher of topic.publishers) {
      for (const consumer of topic.consumers) {
        const from = nameOf(graph, publisher);
        const to = nameOf(graph, consumer);
        seen.set(`${from} ${to} ${topic.name}`, {
          from,
          to,
          optional: false,
          startup: 'independent',
          via: `topic:${topic.name}`,
        });
      }
    }
  }
  return [...seen.values()];
}

function compareDependencies(a: CatalogDocumentDependency, b: CatalogDocumentDependency): number {
  return compareText(a.from, b.from) || compareText(a.to, b.to) || compareText(a.via, b.via);
}

function cyclesOf(graph: CatalogGraph): string[][] {
  const cycles: string[][] = [];
  for (const nodes of stronglyConnectedComponents(graph.calls).components) {
    // Node numbers follow names, so these are sorted; the rest are topics.
    const members = nodes.filter((node) => node < graph.names.length);
    if (members.length > 1) cycles.push(members.map((node) => nameOf(graph, node)));
  }
  return cycles.toSorted(([a = ''], [b = '']) => compareText(a, b));
}
