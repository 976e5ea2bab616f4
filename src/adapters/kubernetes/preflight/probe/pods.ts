import type { Clock } from '../../../../application/ports/clock.ts';
import type { KubeApi } from '../../client/kube-api.ts';
import type { KubeObject } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { listAt, numberAt, textAt } from '../../client/read-object.ts';

/** Short-lived pods, as those of environments are but for what they run. */

const POLL_MS = 250;

/** Where pods are tried out, and how the time passes there. */
export interface ProbePlace {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly namespace: string;
  /** Names of Secrets of the namespace to pull with. */
  readonly pullSecrets: readonly string[];
}

export interface ProbeContainer {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  /** That of a component unless told. */
  readonly securityContext?: object;
}

export function probePod(
  { namespace, pullSecrets }: Pick<ProbePlace, 'namespace' | 'pullSecrets'>,
  name: string,
  containers: readonly ProbeContainer[],
  initContainers: readonly object[] = [],
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { probe: name } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      imagePullSecrets: pullSecrets.map((secret) => ({ name: secret })),
      initContainers,
      containers: containers.map((container) => ({
        ...container,
        resources: {
          requests: { cpu: '10m', memory: '16Mi' },
          limits: { cpu: '500m', memory: '128Mi' },
        },
        securityContext: container.securityContext ?? {
          allowPrivilegeEscalation: false,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      })),
    },
  };
}

/** Starts a pod of one container with a script of `scripts.ts`. */
export async function startScript(
  { api, ...place }: ProbePlace,
  name: string,
  image: string,
  [script = '', ...parameters]: readonly string[],
): Promise<void> {
  const command = ['sh', '-c', script, 'sh', ...parameters];
  await api.create(RESOURCE_TYPES.pod, probePod(place, name, [{ name: 'probe', image, command }]));
}

/** Looks at a pod until there is an answer in it; null when the time is over before. */
export async function untilPod<Answer>(
  { api, clock, namespace }: ProbePlace,
  name: string,
  timeoutMs: number,
  look: (pod: KubeObject) => Answer | null,
): Promise<Answer | null> {
  const endMs = clock.nowMs() + timeoutMs;
  for (;;) {
    const pod = await api.get(RESOURCE_TYPES.pod, { namespace, name });
    const answer = pod === null ? null : look(pod);
    if (answer !== null || clock.nowMs() >= endMs) return answer;
    await clock.sleep(POLL_MS);
  }
}

/** What is known of a container: how it ended, that it runs, or why it does not come to run. */
export type ContainerState =
  | { readonly kind: 'ended'; readonly exitCode: number }
  | { readonly kind: 'runs' }
  | { readonly kind: 'unpulled'; readonly reason: string; readonly message: string }
  | { readonly kind: 'refused'; readonly reason: string };

const UNPULLED: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'RegistryUnavailable',
  'ImageInspectError',
  'SignatureValidationFailed',
]);
/** Its image is there, and does not have what it was to run. */
const REFUSED: ReadonlySet<string> = new Set([
  'RunContainerError',
  'CreateContainerError',
  'CreateContainerConfigError',
]);

/** Null while it may still come to something. */
export function stateOfContainer(pod: KubeObject, name: string): ContainerState | null {
  const status = listAt(pod, 'status', 'containerStatuses').find(
    (each) => textAt(each, 'name') === name,
  );
  const exitCode = numberAt(status, 'state', 'terminated', 'exitCode');
  if (exitCode !== null) return { kind: 'ended', exitCode };
  if (textAt(status, 'state', 'running', 'startedAt') !== null) return { kind: 'runs' };
  const reason = textAt(status, 'state', 'waiting', 'reason') ?? '';
  const message = textAt(status, 'state', 'waiting', 'message') ?? '';
  if (UNPULLED.has(reason)) return { kind: 'unpulled', reason, message };
  return REFUSED.has(reason) ? { kind: 'refused', reason } : null;
}

/** Of a pod that runs one script to its end; null when it did not in time. */
export async function exitCodeOf(
  place: ProbePlace,
  name: string,
  timeoutMs: number,
): Promise<number | null> {
  const state = await untilPod(place, name, timeoutMs, (pod) => {
    const found = stateOfContainer(pod, 'probe');
    return found?.kind === 'runs' ? null : found;
  });
  return state?.kind === 'ended' ? state.exitCode : null;
}
