import { KubeConfig, Watch } from '@kubernetes/client-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { request } from './raw-api.ts';
import {
  namespaceSchema,
  networkPolicySchema,
  nodeSchema,
  podSchema,
  type ClusterObjects,
} from './shapes.ts';

/** All objects that rules are made of, as they are now, listed once and watched from there. */
export interface ClusterView {
  /** Resolves when every kind was listed once. */
  readonly complete: Promise<void>;
  objects(): ClusterObjects;
  close(): void;
}

export function watchCluster(kubeconfig: string, onChange: () => void): ClusterView {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const stop = new AbortController();
  const reflected = <T extends Named>(path: string, schema: z.ZodType<T>): Reflection<T> =>
    reflect({ config, path, schema, onChange, signal: stop.signal });
  const policies = reflected('/apis/networking.k8s.io/v1/networkpolicies', networkPolicySchema);
  const namespaces = reflected('/api/v1/namespaces', namespaceSchema);
  const pods = reflected('/api/v1/pods', podSchema);
  const nodes = reflected('/api/v1/nodes', nodeSchema);
  const all = [policies, namespaces, pods, nodes];
  return {
    complete: Promise.all(all.map((one) => one.listed)).then(() => undefined),
    objects: () => ({
      policies: policies.objects(),
      namespaces: namespaces.objects(),
      pods: pods.objects(),
      nodes: nodes.objects(),
    }),
    close: () => stop.abort(),
  };
}

interface Named {
  readonly metadata: { readonly uid: string };
}

interface Source<T extends Named> {
  readonly config: KubeConfig;
  readonly path: string;
  readonly schema: z.ZodType<T>;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
}

interface Reflection<T> {
  readonly listed: Promise<void>;
  objects(): readonly T[];
}

/** Between lists, so that a server that ends every watch at once is not asked without end. */
const PAUSE_MS = 100;

const RETRY_MS = 300;

/**
 * Lists again whenever a watch ends, for whatever reason; the client ends one that was silent for
 * 30 s. That is all the handling that dropped, expired and half-open watches need here.
 */
function reflect<T extends Named>(source: Source<T>): Reflection<T> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let known = new Map<string, T>();
  const keepUp = async (): Promise<void> => {
    while (!source.signal.aborted) {
      try {
        const list = await listed(source);
        known = new Map(list.items.map((item) => [item.metadata.uid, item]));
        source.onChange();
        resolve();
        await watched(source, list.metadata.resourceVersion, known);
        await sleep(PAUSE_MS);
      } catch (error) {
        if (source.signal.aborted) return;
        process.stderr.write(`${source.path}: ${String(error)}\n`);
        await sleep(RETRY_MS);
      }
    }
  };
  void keepUp();
  return { listed: promise, objects: () => [...known.values()] };
}

interface List<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

async function listed<T extends Named>(source: Source<T>): Promise<List<T>> {
  const answer = await request(source.config, { path: source.path, signal: source.signal });
  return z
    .object({
      metadata: z.object({ resourceVersion: z.string() }),
      items: z.array(source.schema),
    })
    .parse(answer);
}

/** Resolves when the watch has ended, well or not. */
async function watched<T extends Named>(
  { config, path, schema, onChange, signal }: Source<T>,
  resourceVersion: string,
  known: Map<string, T>,
): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const onEvent = (type: string, object: unknown): void => {
    const parsed = schema.safeParse(object);
    if (!parsed.success) return end();
    const { uid } = parsed.data.metadata;
    if (type === 'DELETED') known.delete(uid);
    else known.set(uid, parsed.data);
    onChange();
  };
  const watch = await new Watch(config).watch(path, { resourceVersion }, onEvent, () => end());
  const stop = (): void => end();
  signal.addEventListener('abort', stop);
  if (!signal.aborted) await ended;
  signal.removeEventListener('abort', stop);
  watch.abort();
}
