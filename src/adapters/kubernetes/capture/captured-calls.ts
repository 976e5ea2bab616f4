import type { CallSource } from '../../../application/ports/call-store.ts';
import { BASELINE } from '../../../application/ports/environment-store.ts';
import type { Call } from '../../../domain/calls/call.ts';
import { TEST_CALLER } from '../../../domain/catalog/component.ts';
import { namespaceOf } from '../../../domain/naming/names.ts';
import type { KubeApi } from '../client/kube-api.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { listAt, numberAt, textAt } from '../client/read-object.ts';
import { LABELS } from '../labels.ts';
import type { ClusterSettings } from '../render/rendering.ts';
import type { Sighting } from './analyser/analyser.ts';
import { asked, sightingIn, type CallWindow } from './analyser/ask-analyser.ts';
import { environmentPods } from './nodes/environment-pods.ts';
import { arrivalsBeyond, callsBeyond, type Beyond } from './nodes/baseline-calls.ts';
import { nameCalls } from './naming/name-calls.ts';
import type { PodAddress } from './naming/pod-addresses.ts';
import { serviceNames, type ServiceNames } from './naming/service-names.ts';

/**
 * Calls of environments, fetched from their analysers through the API server and given names. Where the nodes capture
 * in place of taps one analyser beside the controllers has the calls of all.
 *
 * What cannot be fetched is no failure of a test run: there are no calls then, and one more counts as lost,
 * so that no verdict is certain. Where the baseline is captured too, both ends of a call into it are told with
 * the environment's, and what it calls itself with the baseline's.
 */
export function capturedCalls(api: CapturingApi, settings: CaptureSettings): CallSource {
  const { capture } = settings;
  if (capture.mode === 'off') return NO_CALLS;
  const { prefix, controlNamespace, capturesBaseline } = settings;
  const isElsewhere = settings.baselineNamespaces.length > 0;
  const beyond = isElsewhere && capturesBaseline === true ? controlNamespace : null;
  const missed = new Map<string, number>();
  const counted = <Answer>(environment: string, answer: Answer | null): Answer | null => {
    if (answer === null) missed.set(environment, (missed.get(environment) ?? 0) + 1);
    return answer;
  };

  const isAtNodes = capture.mode === 'nodes';
  const placeOf = (environment: string): string =>
    isAtNodes ? controlNamespace : namespaceOf(prefix, environment);

  const seenOwn = async (environment: string, window: CallWindow): Promise<Sighting | null> => {
    const seenAt = isAtNodes ? [namespaceOf(prefix, environment)] : [];
    return counted(environment, await sightingIn(api, placeOf(environment), window, seenAt));
  };

  const podsIn = async (
    environment: string,
    { pods }: Sighting,
  ): Promise<readonly PodAddress[]> => {
    if (capture.mode === 'otlp') return await podsOf(api, namespaceOf(prefix, environment));
    return isAtNodes ? environmentPods(pods) : pods;
  };

  /** What the baseline's nodes saw, with who is who in it and in the environment. */
  const seenBeyond = async (
    environment: string,
    namespace: string,
    window: CallWindow,
    own: Sighting,
  ): Promise<Beyond | null> => {
    const [sighting, names, pods] = await Promise.all([
      sightingIn(api, namespace, window, settings.baselineNamespaces),
      namesIn(api, settings, environment),
      podsIn(environment, own),
    ]);
    return counted(environment, sighting) === null || sighting === null
      ? null
      : { sighting, names, pods };
  };

  const apart = async (window: CallWindow): Promise<readonly Call[]> => {
    const { apartFrom } = window;
    if (beyond === null || apartFrom === undefined) return [];
    const own = await seenOwn(apartFrom, { ...window, limit: 0 });
    const found = own && (await seenBeyond(apartFrom, beyond, window, own));
    return found ? callsBeyond(found) : [];
  };

  return {
    async calls(environment, window): Promise<readonly Call[]> {
      if (environment === BASELINE && isElsewhere) return await apart(window);
      const sighting = await seenOwn(environment, window);
      if (sighting === null) return [];
      const names = await namesIn(api, settings, environment);
      const pods = await podsIn(environment, sighting);
      const calls = nameCalls({ ...sighting, pods }, names);
      const found = beyond && (await seenBeyond(environment, beyond, window, sighting));
      const all = found ? [...calls, ...arrivalsBeyond(found)] : calls;
      return capture.mode === 'otlp' ? all.map(doubted) : all;
    },
    async droppedCalls(environment) {
      if (environment === BASELINE && isElsewhere) return 0;
      const places = new Set([placeOf(environment), ...(beyond === null ? [] : [beyond])]);
      const answers = await Promise.all(
        [...places].map(async (place) => counted(environment, await asked(api, place, '/status'))),
      );
      const dropped = answers.map((answer) => numberAt(answer, 'dropped') ?? 0);
      return dropped.reduce((sum, each) => sum + each, missed.get(environment) ?? 0);
    },
  };
}

type CapturingApi = Pick<KubeApi, 'request' | 'list'>;

type CaptureSettings = Pick<
  ClusterSettings,
  | 'baselineNamespaces'
  | 'capture'
  | 'capturesBaseline'
  | 'clusterDomain'
  | 'controlNamespace'
  | 'prefix'
>;

const NO_CALLS: CallSource = {
  calls: () => Promise.resolve([]),
  droppedCalls: () => Promise.resolve(0),
};

async function namesIn(
  api: CapturingApi,
  { prefix, clusterDomain, baselineNamespaces }: CaptureSettings,
  environment: string,
): Promise<ServiceNames> {
  const namespace = namespaceOf(prefix, environment);
  const baseline =
    baselineNamespaces.length === 0 ? [namespaceOf(prefix, BASELINE)] : baselineNamespaces;
  const places = baseline.filter((place) => place !== namespace);
  const [services, ...others] = await Promise.all(
    [namespace, ...places].map((place) => servicesOf(api, place)),
  );
  return serviceNames({
    namespace,
    prefix: `${prefix}-`,
    clusterDomain,
    baselineNamespaces: places,
    services: services ?? [],
    baselineServices: others.flat(),
  });
}

async function servicesOf(api: CapturingApi, namespace: string): Promise<readonly KubeObject[]> {
  return await api.list(RESOURCE_TYPES.service, { namespace }).then(
    ({ items }) => items,
    () => [],
  );
}

/** Without taps nobody says hello: the pods that are there say whose addresses they have. */
async function podsOf(api: CapturingApi, namespace: string): Promise<readonly PodAddress[]> {
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
