import type { CaptureLimits } from '../adapters/capture/limits.ts';
import { NodeDecoder } from '../adapters/capture/node-decoder.ts';
import { streamDecoding } from '../adapters/capture/stream-decoding.ts';
import type { TapOptions } from '../adapters/cli/services.ts';
import { BaselinePods } from '../adapters/kubernetes/capture/nodes/baseline-pods.ts';
import { startNodeAnalyser } from '../adapters/kubernetes/capture/nodes/node-analyser.ts';
import type { OpenNodeDecoding } from '../adapters/kubernetes/capture/nodes/node-stream.ts';
import { serveCalls } from '../adapters/kubernetes/capture/analyser/serve-calls.ts';
import { openKubeApi } from '../adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../adapters/kubernetes/client/resource-types.ts';
import { follow } from '../adapters/kubernetes/watch/informer.ts';
import { createLogger } from '../adapters/telemetry/logger.ts';
import { systemClock } from './clock.ts';

/** Of one pod. All pods of a baseline share the memory of one analyser. */
const POD_LIMITS: CaptureLimits = {
  connectionsMax: 4_096,
  heldBytesPerConnectionMax: 262_144,
  heldBytesMax: 2_097_152,
  heldSegmentsPerDirectionMax: 1_024,
  idleUsMax: 600_000_000,
};

/** `offshoot tap --baseline`: the analyser of a baseline that runs already, until the signal. */
export async function runBaselineTap(
  options: Pick<TapOptions, 'tapPort' | 'callsPort'> & { readonly namespaces: readonly string[] },
  signal: AbortSignal,
): Promise<number> {
  const log = createLogger({ name: 'tap' });
  const nowMs = (): number => systemClock.nowMs();
  const nowUs = (): number => nowMs() * 1_000;
  const listeners: ((node: string) => void)[] = [];
  const pods = new BaselinePods(nowUs, (node) => {
    for (const listener of listeners) listener(node);
  });
  const analyser = await startNodeAnalyser({ port: options.tapPort, openDecoding, nowUs }, pods);
  listeners.push((node) => analyser.podsChanged(node));
  const calls = await serveCalls(analyser, { port: options.callsPort, nowMs });
  log.info({ nodes: analyser.port, calls: calls.port, of: options.namespaces }, 'listening');
  const api = openKubeApi();
  const ports = { api, clock: systemClock, random: Math.random };
  // Each lasts until the signal.
  await Promise.all(
    options.namespaces.map((namespace) => {
      const sink = pods.sinkOf(namespace, (error) => {
        log.warn({ namespace, err: error }, 'its pods cannot be watched');
      });
      const followed = { type: RESOURCE_TYPES.pod, query: { namespace }, sink };
      return follow(followed, ports, signal);
    }),
  );
  await Promise.all([calls.close(), analyser.close(), api.close()]);
  return 0;
}

const openDecoding: OpenNodeDecoding = (options) =>
  streamDecoding(new NodeDecoder({ ...options, limits: POD_LIMITS }));
