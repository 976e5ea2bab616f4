import express, { type Express } from 'express';
import { BASELINE } from '../../application/ports/environment-store.ts';
import { securityHeaders } from './guards.ts';
import type { ServerTelemetry, ServerUseCases } from './use-cases.ts';

/**
 * Health and metrics, on a port of their own: a cluster and a Prometheus may reach them where the
 * interface itself must not be reached. Nothing here says what any environment holds.
 */
export function createOperationsApp(
  useCases: ServerUseCases,
  telemetry: ServerTelemetry,
  isClosing: () => boolean,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(securityHeaders);
  app.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok\n');
  });
  app.get('/readyz', async (_request, response) => {
    const isReady = !isClosing() && (await canRead(useCases));
    response
      .status(isReady ? 200 : 503)
      .type('text/plain')
      .send(isReady ? 'ok\n' : 'not ready\n');
  });
  app.get('/metrics', async (_request, response) => {
    response.type('text/plain; version=0.0.4').send(await telemetry.metricsText());
  });
  app.use((_request, response) => {
    response.status(404).type('text/plain').send('not found\n');
  });
  return app;
}

async function canRead({ store }: ServerUseCases): Promise<boolean> {
  try {
    await store.get(BASELINE);
    return true;
  } catch {
    return false;
  }
}
