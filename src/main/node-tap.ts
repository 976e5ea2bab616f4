import type { CaptureLimits } from '../adapters/capture/limits.ts';
import { NodeDecoder } from '../adapters/capture/node-decoder.ts';
import { streamDecoding } from '../adapters/capture/stream-decoding.ts';
import type { TapOptions } from '../adapters/cli/services.ts';
import { serveCalls } from '../adapters/kubernetes/capture/analyser/serve-calls.ts';
import { startNodeAnalyser } from '../adapters/kubernetes/capture/nodes/node-analyser.ts';
import { ENVIRONMENT_PODS, NodePods } from '../adapters/kubernetes/capture/nodes/node-pods.ts';
import type { OpenNodeDecoding } from '../adapters/kubernetes/capture/nodes/node-stream.ts';
import { openKubeApi } from '../adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../adapters/kubernetes/client/resource-types.ts';
import { follow, type Followed } from '../adapters/kubernetes/watch/informer.ts';
import { createLogger } from '../adapters/telemetry/logger.ts';
import { systemClock } from './clock.ts';

/** Of one pod. All pods that nodes capture share the memory of one analyser. */
const POD_LIMITS: CaptureLimits = {
  connectionsMax: 4_096,
  heldBytesPerConnectionMax: 262_144,
  heldBytesMax: 2_097_152,
  heldSegmentsPerDirectionMax: 1_024,
  idleUsMax: 600_000_000,
};

type NodeTapOptions = Pick<TapOptions, 'tapPort' | 'callsPort' | 'baseline' | 'environments'>;

/** `offshoot tap --baseline` or `--environments`: the analyser of what nodes capture, until the signal. */
export async function runNodeTap(options: NodeTapOptions, signal: AbortSignal): Promise<number> {
  const { baseline: namespaces = [], environments: prefix = null } = options;
  const log = createLogger({ name: 'tap' });
  const nowMs = (): number => systemClock.nowMs();
  const nowUs = (): number => nowMs() * 1_000;
  const listeners: ((node: string) => void)[] = [];
  const pods = new NodePods(nowUs, (node) => {
    for (const listener of listeners) listener(node);
  });
  const analyser = await startNodeAnalyser({ port: options.tapPort, openDecoding, nowUs }, pods);
  listeners.push((node) => analyser.podsChanged(node));
  const about = (): object => ({ nodes: analyser.nodes, namespaces, environments: prefix });
  const calls = await serveCalls(analyser, { port: options.callsPort, nowMs, about });
  log.info({ nodes: analyser.port, calls: calls.port, of: about() }, 'listening');
  const api = openKubeApi();
  const ports = { api, clock: systemClock, random: Math.random };
  const followed = [
    ...namespaces.map((namespace): Omit<Followed, 'type'> => {
      const sink = pods.sinkOf(namespace, (error) => {
        log.warn({ namespace, err: error }, 'its pods cannot be watched');
      });
      return { query: { namespace }, sink };
    }),
    ...(prefix === null ? [] : [followedEnvironments(prefix)]),
  ];
  // Each lasts until the signal.
  await Promise.all(
    followed.map((each) => follow({ type: RESOURCE_TYPES.pod, ...each }, ports, signal)),
  );
  await Promise.all([calls.close(), analyser.close(), api.close()]);
  return 0;

  function followedEnvironments(of: string): Omit<Followed, 'type'> {
    const sink = pods.sinkOfEnvironments(of, (error) => {
      log.warn({ prefix: of, err: error }, 'pods of environments cannot be watched');
    });
    return { query: { labelSelector: ENVIRONMENT_PODS }, sink };
  }
}

const openDecoding: OpenNodeDecoding = (options) =>
  streamDecoding(new NodeDecoder({ ...options, limits: POD_LIMITS }));
