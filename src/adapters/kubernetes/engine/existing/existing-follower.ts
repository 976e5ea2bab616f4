import type { Clock } from '../../../../application/ports/clock.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../../labels.ts';
import type { Role } from '../../render/draft.ts';
import { followedDigest } from '../../render/followed.ts';
import { follow, type InformerPorts } from '../../watch/informer.ts';
import { ExistingBoundaries, type SeenBoundary } from './existing-boundaries.ts';
import { followNamespace, type ExistingNamespace } from './existing-namespace.ts';

/**
 * Follows a baseline that others run: a boundary that was made for other ports or endpoints than there
 * are now is outdated, and its Task counts as not applied.
 *
 * Only namespaces that a boundary names are followed, each by one watch of its Services and one of their
 * endpoints, whatever the number of environments.
 */
export interface ExistingFollower {
  readonly boundaries: Pick<ExistingBoundaries, 'accept'>;
  /** Ids of the Tasks of an environment that have to be applied again. */
  outdated(environment: string): ReadonlySet<string>;
  /** Calls back when there may be more of them; returns how to stop listening. */
  onOutdated(environment: string, listener: () => void): () => void;
  close(): Promise<void>;
}

const BOUNDARIES = [
  `${LABELS.managedBy}=${MANAGED_BY}`,
  LABELS.environment,
  `${LABELS.role}=${'boundary' satisfies Role}`,
].join(',');
/** Changes come in bursts: a rollout moves one endpoint after another. Unit: milliseconds. */
const MOMENT_MS = 50;

export function followExisting(ports: InformerPorts & { readonly clock: Clock }): ExistingFollower {
  const end = new AbortController();
  const namespaces = new Map<string, ExistingNamespace>();
  const listeners = new Map<string, Set<() => void>>();
  let isDue = false;

  const changed = (): void => {
    followNamed();
    if (isDue || end.signal.aborted) return;
    isDue = true;
    void ports.clock.sleep(MOMENT_MS, end.signal).then(tell);
  };
  const tell = (): void => {
    isDue = false;
    if (end.signal.aborted) return;
    for (const [environment, of] of listeners) {
      if (outdated(environment).size > 0) for (const listener of of) listener();
    }
  };
  const boundaries = new ExistingBoundaries(changed);
  const followNamed = (): void => {
    const named = boundaries.all().flatMap(({ places }) => places.map(namespaceIn));
    for (const namespace of new Set(named)) {
      if (namespaces.has(namespace) || end.signal.aborted) continue;
      namespaces.set(namespace, followNamespace(namespace, ports, end.signal, changed));
    }
  };
  const outdated = (environment: string): ReadonlySet<string> =>
    new Set(
      boundaries
        .all()
        .filter((boundary) => boundary.environment === environment)
        .filter((boundary) => isOutdated(namespaces, boundary))
        .map(({ task }) => task),
    );

  const query = { labelSelector: BOUNDARIES };
  const following = follow(
    { type: RESOURCE_TYPES.service, query, sink: boundaries },
    ports,
    end.signal,
  );
  return {
    boundaries,
    outdated,
    onOutdated(environment, listener) {
      const of = listeners.get(environment) ?? new Set();
      listeners.set(environment, of);
      // The same function may listen twice.
      const own = (): void => listener();
      of.add(own);
      return () => {
        of.delete(own);
        if (of.size === 0) listeners.delete(environment);
      };
    },
    async close() {
      end.abort();
      await following;
      await Promise.all([...namespaces.values()].map(({ ended }) => ended));
    },
  };
}

/** Not as long as a namespace before the deciding one is unknown. */
function isOutdated(
  namespaces: ReadonlyMap<string, ExistingNamespace>,
  { places, digest }: SeenBoundary,
): boolean {
  const kind = digest.startsWith('endpoints-') ? 'endpoints' : 'names';
  for (const place of places) {
    const namespace = namespaceIn(place);
    const name = place.slice(namespace.length + 1);
    const now = namespaces.get(namespace)?.digestOf(name, kind);
    if (now === undefined) return false;
    if (now !== null) return now !== digest;
  }
  return digest !== followedDigest(null, kind);
}

function namespaceIn(place: string): string {
  return place.slice(0, place.indexOf('/'));
}
