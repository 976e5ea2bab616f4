import type { KubeConfig } from '@kubernetes/client-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ApiStatusError, request, type ApiRequest } from './raw-api.ts';
import { NAMED_PORT, NAMESPACES, PODS } from './scenario-world.ts';
import type { ScenarioPolicy } from './scenarios.ts';

/** The scenarios' namespaces and pods on a real cluster. */

export interface RunningPod {
  /** `namespace/name`. */
  readonly key: string;
  readonly uid: string;
  readonly ip: string;
}

export interface CheckWorld {
  readonly pods: readonly RunningPod[];
  /** The address of a Service before `np-a/db`, at all of the named port. */
  readonly serviceAddress: string;
  /** Resolves when the API server has them; when they hold is the enforcer's matter. */
  setPolicies(policies: readonly ScenarioPolicy[]): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

/** @param image - Whatever keeps running; nothing is asked of it but a network. */
export async function createWorld(config: KubeConfig, image: string): Promise<CheckWorld> {
  const send = (wanted: ApiRequest): Promise<unknown> => request(config, wanted);
  await removeWorld(config);
  for (const { name, labels } of NAMESPACES) {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
    await send({ method: 'POST', path: '/api/v1/namespaces', body });
  }
  for (const pod of PODS) await createPod(config, pod, image);
  const service = await send({
    method: 'POST',
    path: '/api/v1/namespaces/np-a/services',
    body: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'db' },
      spec: { selector: { role: 'db' }, ports: [{ port: 80, targetPort: NAMED_PORT.name }] },
    },
  });
  const { clusterIP } = z.object({ spec: z.object({ clusterIP: z.string() }) }).parse(service).spec;
  const pods = await Promise.all(
    PODS.map(({ namespace, name }) => untilRunning(config, namespace, name)),
  );
  return {
    pods,
    serviceAddress: clusterIP,
    setPolicies: async (policies) => {
      for (const { name } of NAMESPACES) {
        await send({ method: 'DELETE', path: policyPath(name) });
      }
      for (const [index, { namespace, spec }] of policies.entries()) {
        const body = {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: `policy-${index}` },
          spec: { podSelector: {}, ...spec },
        };
        await send({ method: 'POST', path: policyPath(namespace), body });
      }
    },
  };
}

/** Resolves when all of it is gone; nothing there is no error. */
export async function removeWorld(config: KubeConfig): Promise<void> {
  await Promise.all(
    NAMESPACES.map(async ({ name }) => {
      const path = `/api/v1/namespaces/${name}`;
      await request(config, { method: 'DELETE', path }).catch(ignore(404, 409));
      await until(`namespace "${name}" is gone`, async () => {
        const found = await request(config, { path }).catch(ignore(404));
        return found === undefined ? true : undefined;
      });
    }),
  );
}

function policyPath(namespace: string): string {
  return `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
}

/** A new namespace has no service account for some milliseconds, and refuses pods as long. */
async function createPod(
  config: KubeConfig,
  { namespace, name, labels }: (typeof PODS)[number],
  image: string,
): Promise<void> {
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent', ports: [NAMED_PORT] }],
    },
  };
  const path = `/api/v1/namespaces/${namespace}/pods`;
  await until(`pod "${name}" is accepted`, () =>
    request(config, { method: 'POST', path, body }).catch(ignore(403)),
  );
}

const podStatus = z.object({
  metadata: z.object({ uid: z.string() }),
  status: z.object({ phase: z.string(), podIP: z.string().optional() }),
});

function untilRunning(config: KubeConfig, namespace: string, name: string): Promise<RunningPod> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  return until(`pod "${namespace}/${name}" runs`, async () => {
    const { metadata, status } = podStatus.parse(await request(config, { path }));
    if (status.phase !== 'Running' || status.podIP === undefined) return undefined;
    return { key: `${namespace}/${name}`, uid: metadata.uid, ip: status.podIP };
  });
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(POLL_MS);
  }
  throw new Error(`not within ${START_TIMEOUT_MS / 1000} s: ${what}`);
}

function ignore(...statuses: readonly number[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof ApiStatusError && statuses.includes(error.status)) return undefined;
    throw error;
  };
}
