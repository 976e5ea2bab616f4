import type { ServeOptions } from '../adapters/cli/services.ts';
import { createServer } from '../adapters/http/server.ts';
import type { ServerUseCases } from '../adapters/http/use-cases.ts';
import { createLogger } from '../adapters/telemetry/logger.ts';
import { Metrics } from '../adapters/telemetry/metrics.ts';
import type { ProjectSettings } from '../application/project.ts';
import { POLL_INTERVAL_MS } from '../application/watch/follow-branches.ts';
import { catalogOf } from './catalog.ts';
import { openInstallation } from './installation.ts';
import type { OpenInstallation } from './open-installation.ts';
import { versionOf } from './places.ts';

const GRACE_MS = 10_000;
/** Between two looks for environments that somebody has begun and left. */
const ADOPT_EVERY_MS = 15_000;

/** `offshoot serve`: the REST interface over the use cases of the commands, until the signal. */
export async function serve(
  settings: ProjectSettings,
  options: ServeOptions,
  signal: AbortSignal,
): Promise<number> {
  const log = createLogger({ name: 'offshoot' });
  const metrics = new Metrics(versionOf());
  const installation = await openInstallation(settings, (line) => log.warn({ line }, 'an agent'));
  const server = createServer({
    useCases: {
      environments: installation.environments,
      store: storeOf(installation),
      calls: installation.calls,
      views: installation.views,
      catalogs: catalogOf(settings),
      answers: installation.answers,
      onCommit: (listener, intervalMs) => installation.onCommit(listener, intervalMs),
    },
    log,
    metricsText: () => metrics.text(),
    onRequest: (request) => metrics.request(request),
    onFailure: (code) => metrics.failure(code),
    settings: {
      version: versionOf(),
      operationsPort: options.healthPort,
      operationsHost: options.healthHost,
    },
  });
  await installation.adopt();
  const { url, operationsPort } = await server.listen(options.port, options.host);
  log.info({ url, operationsPort }, 'serving');
  const adopting = setInterval(() => {
    installation.adopt().catch((error: unknown) => log.warn({ err: error }, 'tried again later'));
  }, ADOPT_EVERY_MS);
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const following = options.watch
    ? installation.watch(
        { intervalMs: POLL_INTERVAL_MS, onLine: (line) => log.info({ line }, 'branches') },
        signal,
      )
    : Promise.resolve();
  await stopped;
  clearInterval(adopting);
  log.info({}, 'stopping');
  await server.close(GRACE_MS);
  await following;
  await installation.close();
  return 0;
}

/** What the interface reads, which on a cluster lies in several stores. */
function storeOf({ store, events, reports }: OpenInstallation): ServerUseCases['store'] {
  return {
    get: (name) => store.get(name),
    list: (options) => store.list(options),
    plan: (uid) => store.plan(uid),
    explanation: (uid) => store.explanation(uid),
    events: (filter) => events.events(filter),
    latestReport: (environment) => reports.latestReport(environment),
  };
}
