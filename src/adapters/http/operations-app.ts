import express, { type Express } from 'express';
import { securityHeaders } from './guards.ts';

export interface OperationsParts {
  /** Whether it can do its work now. A rejection is a no. */
  isReady(): Promise<boolean>;
  /** The text of `/metrics`. */
  metricsText(): Promise<string>;
}

/**
 * Health and metrics, on a port of their own: a cluster and a Prometheus may reach them where the
 * interface itself must not be reached. Nothing here says what any environment holds.
 */
export function createOperationsApp(parts: OperationsParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(securityHeaders);
  app.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok\n');
  });
  app.get('/readyz', async (_request, response) => {
    const isReady = await parts.isReady().catch(() => false);
    response
      .status(isReady ? 200 : 503)
      .type('text/plain')
      .send(isReady ? 'ok\n' : 'not ready\n');
  });
  app.get('/metrics', async (_request, response) => {
    response.type('text/plain; version=0.0.4').send(await parts.metricsText());
  });
  app.use((_request, response) => {
    response.status(404).type('text/plain').send('not found\n');
  });
  return app;
}
