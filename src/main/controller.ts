import { serveOperations } from '../adapters/http/operations-server.ts';
import type { ControllerOptions } from '../adapters/cli/services.ts';
import { createLogger } from '../adapters/telemetry/logger.ts';
import { Metrics } from '../adapters/telemetry/metrics.ts';
import type { ProjectSettings } from '../application/project.ts';
import { openCluster } from './cluster.ts';
import { lead } from './leading-controller.ts';
import { versionOf } from './places.ts';

/**
 * `offshoot controller`: carries out what is desired of all environments of a cluster. Several may run;
 * the one with the Lease acts, the others wait for it.
 */
export async function runController(
  settings: ProjectSettings,
  options: ControllerOptions,
  signal: AbortSignal,
): Promise<number> {
  const log = createLogger({ name: 'controller' });
  const metrics = new Metrics(versionOf());
  const cluster = await openCluster(settings);
  let isLeading = false;
  let environmentCount = 0;
  metrics.gauge('offshoot_leader', '1 while this process leads.', () => Number(isLeading));
  metrics.gauge(
    'offshoot_environments',
    'Environments that this process reconciles.',
    () => environmentCount,
  );
  const operations = await serveOperations(
    {
      isReady: async () => {
        await cluster.state.store.get('readiness');
        return !signal.aborted;
      },
      metricsText: () => metrics.text(),
    },
    { port: options.healthPort, host: options.healthHost },
  );
  log.info({ port: operations.port, identity: cluster.identity }, 'waiting to lead');
  // Whatever ends it: a process that answers and never leads would keep others from taking its place.
  try {
    while (!signal.aborted) {
      const held = await cluster.state.holding.takeLead(signal);
      if (held === null) break;
      isLeading = true;
      log.info({ identity: cluster.identity }, 'leading');
      await lead({
        cluster,
        settings,
        log,
        held,
        signal: AbortSignal.any([signal, held.signal]),
        onCount: (count) => (environmentCount = count),
        onFailure: (code) => metrics.failure(code),
      });
      isLeading = false;
      log.info({ isLost: held.signal.aborted }, 'not leading any more');
      await held.release();
    }
  } finally {
    await operations.close();
    await cluster.close();
  }
  return 0;
}
