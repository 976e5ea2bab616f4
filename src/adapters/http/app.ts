import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { openApiDocument } from '../../contract/openapi.ts';
import {
  REST_OPERATIONS,
  type RestOperation,
  type RestOperationId,
} from '../../contract/rest-operations.ts';
import { getCatalog, getComponent } from './catalog-handlers.ts';
import {
  bringUpEnvironment,
  getEnvironment,
  listEnvironments,
  takeDownEnvironment,
} from './environment-handlers.ts';
import { loopbackOnly, securityHeaders, urlLimit } from './guards.ts';
import type { Handler, Surroundings } from './handler.ts';
import { PROBLEM_MEDIA_TYPE, problemOf, RequestFault } from './problem.ts';
import { followAll, followEnvironment, readLogs } from './stream-handlers.ts';
import type { ServerTelemetry } from './use-cases.ts';
import { getExplanation, getPlan, getReport, listCalls } from './view-handlers.ts';

/** The REST interface as an Express application; it opens no port. Routes are those of the contract. */
export function createApp(surroundings: Surroundings, telemetry: ServerTelemetry): Express {
  const { settings } = surroundings;
  const app = express();
  app.disable('x-powered-by');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(observe(telemetry), securityHeaders, urlLimit(settings), loopbackOnly);
  app.use(express.json({ limit: settings.bodyBytesMax, inflate: false }));
  const handlers = handlersOf(surroundings);
  const operations = Object.entries<RestOperation>(REST_OPERATIONS);
  for (const [path, atPath] of Map.groupBy(operations, ([, operation]) => operation.path)) {
    const route = app.route(path.replace(/\{(\w+)\}/gu, ':$1'));
    for (const [id, operation] of atPath) {
      const handler = handlers[id as RestOperationId];
      route[operation.method](isStreaming(operation) ? handler : inTime(handler, settings));
    }
    route.all(refuseMethod(atPath.map(([, { method }]) => method.toUpperCase())));
  }
  app.use(refusePath);
  app.use(answerProblem(telemetry));
  return app;
}

function handlersOf(surroundings: Surroundings): Readonly<Record<RestOperationId, Handler>> {
  return {
    listEnvironments: listEnvironments(surroundings),
    bringUpEnvironment: bringUpEnvironment(surroundings),
    getEnvironment: getEnvironment(surroundings),
    takeDownEnvironment: takeDownEnvironment(surroundings),
    getPlan: getPlan(surroundings),
    getExplanation: getExplanation(surroundings),
    listCalls: listCalls(surroundings),
    getReport: getReport(surroundings),
    readLogs: readLogs(surroundings),
    followEnvironment: followEnvironment(surroundings),
    followAll: followAll(surroundings),
    getCatalog: getCatalog(surroundings),
    getComponent: getComponent(surroundings),
    getOpenApi: getOpenApi(surroundings),
  };
}

function getOpenApi({ settings }: Surroundings): Handler {
  const document = openApiDocument(settings.version);
  return (_request, response) => {
    response.json(document);
    return Promise.resolve();
  };
}

function isStreaming({ answers }: RestOperation): boolean {
  return answers.some((answer) => answer.mediaType !== undefined);
}

/** Answers with a problem when the time is over; the work itself goes on and its answer is lost. */
function inTime(handler: Handler, { answerTimeoutMs }: Surroundings['settings']): Handler {
  return async (request, response) => {
    const done = new AbortController();
    const timeout = wait(answerTimeoutMs, undefined, { signal: done.signal }).then(() => {
      throw new RequestFault(504, `there was no answer within ${answerTimeoutMs} ms`, {
        code: 'WAIT_TIMEOUT',
        hint: 'the work goes on; look at the environment',
      });
    });
    timeout.catch(() => undefined);
    try {
      await Promise.race([handler(request, response), timeout]);
    } finally {
      done.abort();
    }
  };
}

function refuseMethod(allowed: readonly string[]): RequestHandler {
  return (request) => {
    throw new RequestFault(405, `"${request.method}" is not allowed here`, {
      headers: { Allow: allowed.join(', ') },
    });
  };
}

const refusePath: RequestHandler = () => {
  throw new RequestFault(404, 'there is nothing at this path', { code: 'NOT_FOUND' });
};

function observe(telemetry: ServerTelemetry): RequestHandler {
  return (request, response, next) => {
    const began = performance.now();
    response.on('close', () => {
      telemetry.onRequest({
        method: request.method,
        route: routeOf(request),
        status: response.statusCode,
        durationMs: performance.now() - began,
      });
    });
    next();
  };
}

function routeOf(request: Request): string {
  const route: unknown = request.route;
  const hasPath = typeof route === 'object' && route !== null && 'path' in route;
  return hasPath && typeof route.path === 'string' ? route.path : 'unmatched';
}

/** Express knows an error handler by its four parameters. */
function answerProblem(telemetry: ServerTelemetry): ErrorRequestHandler {
  return (error: unknown, request, response: Response, _next) => {
    const id = randomUUID();
    const problem = problemOf(error, `urn:uuid:${id}`);
    const fields = { requestId: id, method: request.method, route: routeOf(request), err: error };
    telemetry.onFailure(problem.code);
    if (problem.isOurs) {
      telemetry.log.error(fields, 'a request failed through a fault of the server');
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response
      .status(problem.status)
      .set(problem.headers)
      .type(PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify(problem.document));
  };
}
