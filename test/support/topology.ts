import type { Catalog, Component } from '../../src/domain/catalog/component.ts';
import { callTopologyOf } from './call-topology.ts';
import type { CallTopology } from './call-topology.ts';
import { catalogOf, component } from './catalogs.ts';
import type { DependencySpec } from './catalogs.ts';
import { Random } from './random.ts';

/**
 * Catalogs of any size on a random call graph (`call-topology.ts`), the same for the same seed.
 *
 * Who calls and is never called is an entry or a worker; leaves are datastores, services and a few
 * externals; the hubs, the top 2 % by callers × callees, are `sharing: shared`. Where waiting would
 * close a cycle a dependency says `startup: independent`, so the start order has none.
 */
export interface TopologyOptions {
  readonly size: number;
  readonly seed?: number;
  /** Share of components that are marked as shared hubs. */
  readonly hubShare?: number;
}

const HUB_SHARE = 0.02;
const OPTIONAL_SHARE = 0.05;
/** A datastore that more than these use is the baseline's for every environment. */
const PRIVATE_USERS_MAX = 3;

export function topologyOf(options: TopologyOptions): Catalog {
  const seed = options.seed ?? 1;
  const topology = callTopologyOf(options.size, seed);
  const random = new Random(seed + 1);
  const users = usersOf(topology);
  const hubs = hubsOf(topology, users, options.hubShare ?? HUB_SHARE);
  const kinds = topology.calls.map((_, node) => kindOf(topology, node, random));
  const names = kinds.map(({ prefix }, node) => `${prefix}-${String(node).padStart(5, '0')}`);
  return catalogOf(
    kinds.map(({ type, expose }, node) =>
      component({
        name: names[node] ?? '',
        type,
        expose,
        sharing: hubs.has(node) ? 'shared' : 'isolated',
        dependencies: dependenciesOf(topology, node, names, random),
        ...(type === 'datastore'
          ? {
              datastore: {
                isolation: (users[node] ?? 0) > PRIVATE_USERS_MAX ? 'shared' : 'dedicated',
              },
            }
          : {}),
      }),
    ),
  );
}

interface Kind {
  readonly prefix: string;
  readonly type: Component['type'];
  readonly expose: boolean;
}

const SERVICE: Kind = { prefix: 'svc', type: 'service', expose: false };
const ENTRY: Kind = { prefix: 'entry', type: 'service', expose: true };
const WORKER: Kind = { prefix: 'worker', type: 'worker', expose: false };
const DATASTORE: Kind = { prefix: 'data', type: 'datastore', expose: false };
const EXTERNAL: Kind = { prefix: 'ext', type: 'external', expose: false };

function kindOf(topology: CallTopology, node: number, random: Random): Kind {
  const draw = random.next();
  if (node < topology.sourceCount) return draw < 0.7 ? ENTRY : WORKER;
  if (node < topology.callerCount) return SERVICE;
  if (draw < 0.45) return DATASTORE;
  return draw < 0.97 ? SERVICE : EXTERNAL;
}

function dependenciesOf(
  topology: CallTopology,
  node: number,
  names: readonly string[],
  random: Random,
): DependencySpec[] {
  return [...(topology.calls[node] ?? [])].map((callee) => ({
    name: names[callee] ?? '',
    optional: random.chance(OPTIONAL_SHARE),
    // Waiting for higher numbers only closes no cycle.
    startup: callee > node ? 'wait' : 'independent',
  }));
}

function usersOf(topology: CallTopology): number[] {
  const users = topology.calls.map(() => 0);
  for (const callees of topology.calls) {
    for (const callee of callees) users[callee] = (users[callee] ?? 0) + 1;
  }
  return users;
}

function hubsOf(topology: CallTopology, users: readonly number[], share: number): Set<number> {
  const weights = topology.calls.map((callees, node) => callees.size * (users[node] ?? 0));
  const byWeight = [...weights.keys()].toSorted(
    (a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b,
  );
  return new Set(byWeight.slice(0, Math.round(topology.size * share)));
}
