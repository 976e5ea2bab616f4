import type { CallSource } from '../../../application/ports/call-store.ts';
import { BASELINE } from '../../../application/ports/environment-store.ts';
import type { Call } from '../../../domain/calls/call.ts';
import { TEST_CALLER } from '../../../domain/catalog/component.ts';
import { namespaceOf } from '../../../domain/naming/names.ts';
import type { KubeApi } from '../client/kube-api.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { isRecord, listAt, numberAt, textAt } from '../client/read-object.ts';
import { LABELS } from '../labels.ts';
import type { ClusterSettings } from '../render/rendering.ts';
import { ANALYSER } from './agreement.ts';
import type { Sighting } from './analyser.ts';
import { nameCalls } from './name-calls.ts';
import type { PodAddress } from './pod-addresses.ts';
import { serviceNames, type ServiceNames } from './service-names.ts';

/**
 * Calls of environments, fetched from their analysers through the API server and given names.
 *
 * What cannot be fetched is no failure of a test run: there are no calls then, and one more counts as lost,
 * so that no verdict is certain.
 */
export function capturedCalls(
  api: Pick<KubeApi, 'request' | 'list'>,
  settings: Pick<ClusterSettings, 'capture' | 'prefix' | 'clusterDomain' | 'baselineNamespaces'>,
): CallSource {
  if (settings.capture.mode === 'off') return NO_CALLS;
  const { prefix, clusterDomain } = settings;
  const baselineNamespaces =
    settings.baselineNamespaces.length === 0
      ? [namespaceOf(prefix, BASELINE)]
      : settings.baselineNamespaces;
  const missed = new Map<string, number>();
  const miss = (environment: string): void => {
    missed.set(environment, (missed.get(environment) ?? 0) + 1);
  };

  const asked = async (environment: string, path: string): Promise<unknown> => {
    try {
      const answer = await api.request({
        method: 'GET',
        path: `${proxyOf(namespaceOf(prefix, environment))}${path}`,
      });
      if (answer.status === 200) return answer.body;
    } catch {
      // Counted below, like every answer that is none.
    }
    miss(environment);
    return null;
  };

  const namesIn = async (environment: string): Promise<ServiceNames> => {
    const namespace = namespaceOf(prefix, environment);
    const places = baselineNamespaces.filter((place) => place !== namespace);
    const [services, ...baseline] = await Promise.all(
      [namespace, ...places].map((place) => servicesOf(api, place)),
    );
    return serviceNames({
      namespace,
      prefix: `${prefix}-`,
      clusterDomain,
      baselineNamespaces: places,
      services: services ?? [],
      baselineServices: baseline.flat(),
    });
  };

  return {
    async calls(environment, { fromUs, toUs, limit }): Promise<readonly Call[]> {
      // Who runs the baseline elsewhere captures nothing there.
      if (environment === BASELINE && settings.baselineNamespaces.length > 0) return [];
      const window = `fromUs=${fromUs}&toUs=${toUs}`;
      const body = await asked(
        environment,
        `/calls?${window}${limit === undefined ? '' : `&limit=${limit}`}`,
      );
      if (!isSighting(body)) {
        if (body !== null) miss(environment);
        return [];
      }
      if (settings.capture.mode === 'tap') return nameCalls(body, await namesIn(environment));
      const pods = await podsOf(api, namespaceOf(prefix, environment));
      return nameCalls({ ...body, pods }, await namesIn(environment)).map(doubted);
    },
    async droppedCalls(environment) {
      if (environment === BASELINE && settings.baselineNamespaces.length > 0) return 0;
      const dropped = numberAt(await asked(environment, '/status'), 'dropped') ?? 0;
      return dropped + (missed.get(environment) ?? 0);
    },
  };
}

const NO_CALLS: CallSource = {
  calls: () => Promise.resolve([]),
  droppedCalls: () => Promise.resolve(0),
};

function proxyOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/services/${ANALYSER.name}:${ANALYSER.callsPort}/proxy`;
}

async function servicesOf(
  api: Pick<KubeApi, 'list'>,
  namespace: string,
): Promise<readonly KubeObject[]> {
  return await api.list(RESOURCE_TYPES.service, { namespace }).then(
    ({ items }) => items,
    () => [],
  );
}

/** Without taps nobody says hello: the pods that are there say whose addresses they have. */
async function podsOf(
  api: Pick<KubeApi, 'list'>,
  namespace: string,
): Promise<readonly PodAddress[]> {
  const pods = await api
    .list(RESOURCE_TYPES.pod, { namespace, labelSelector: LABELS.component })
    .then(
      ({ items }) => items,
      () => [],
    );
  const holders = pods.flatMap((pod) => {
    const component = pod.metadata.labels?.[LABELS.component] ?? '';
    const startedAt = textAt(pod, 'status', 'startTime');
    const fromUs = startedAt === null ? 0 : Date.parse(startedAt) * 1_000;
    const ips = listAt(pod, 'status', 'podIPs').flatMap((each) => textAt(each, 'ip') ?? []);
    return ips.map((address) => ({ address, component, fromUs }));
  });
  // The pod of a suite may be gone by now; it said its name.
  return [...holders, { address: '', component: TEST_CALLER, fromUs: 0 }];
}

/** Components tell what they like, and not all of them do: nothing certain follows from it. */
function doubted(call: Call): Call {
  return { ...call, confidence: 'low' };
}

/** Whoever answers by the analyser's name is trusted no further than that it answers in its shape. */
function isSighting(body: unknown): body is Sighting {
  return (
    isRecord(body) &&
    [body['calls'], body['pods'], body['asked']].every((list) => Array.isArray(list))
  );
}
