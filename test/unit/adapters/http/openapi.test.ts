import type { Express } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../../src/adapters/http/app.ts';
import { ChangeHub } from '../../../../src/adapters/http/change-hub.ts';
import { Idempotency } from '../../../../src/adapters/http/idempotency.ts';
import { SERVER_SETTINGS } from '../../../../src/adapters/http/settings.ts';
import { Streams } from '../../../../src/adapters/http/streams.ts';
import { openApiDocument } from '../../../../src/contract/openapi.ts';
import { openServer, type ServerFixture } from '../../../support/server-fixture.ts';

interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
  }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

/** What Express really has: every method of every route, with the parameters written as OpenAPI does. */
function registered(app: Express): string[] {
  const found: string[] = [];
  for (const layer of app.router.stack) {
    if (layer.route === undefined) continue;
    const path = layer.route.path.replace(/:(\w+)/gu, '{$1}');
    for (const handle of layer.route.stack) {
      // Without a method: the refusal of all the others.
      if (handle.method) found.push(`${handle.method} ${path}`);
    }
  }
  return found.toSorted();
}

function operationsOf(document: OpenApi): [string, OpenApiOperation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, OpenApiOperation] => [
      `${method} ${path}`,
      operation,
    ]),
  );
}

describe('the OpenAPI document', () => {
  let fixture: ServerFixture;
  let document: OpenApi;

  beforeAll(async () => {
    fixture = await openServer({ settings: { version: '1.2.3' } });
    const response = await request(fixture.url).get('/api/v1/openapi.json');
    document = response.body as OpenApi;
  });
  afterAll(() => fixture.close());

  it('is served as the contract makes it', () => {
    expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument('1.2.3'))));
    expect([document.openapi, document.info.version]).toEqual(['3.1.0', '1.2.3']);
  });

  it('lists exactly the routes that the server has', () => {
    const unused = (): never => {
      throw new Error('no request is made');
    };
    const app = createApp(
      {
        useCases: {
          environments: { up: unused, down: unused },
          store: fixture.state.store,
          calls: fixture.state.calls,
          views: { logs: unused },
          catalogs: { load: unused },
          answers: fixture.state.answers,
          onCommit: unused,
        },
        settings: SERVER_SETTINGS,
        streams: new Streams(SERVER_SETTINGS),
        changes: new ChangeHub(unused),
        idempotency: new Idempotency(fixture.state.answers),
      },
      {
        log: { info: unused, warn: unused, error: unused },
        metricsText: unused,
        onRequest: unused,
        onFailure: unused,
      },
    );
    expect(registered(app)).toEqual(
      operationsOf(document)
        .map(([operation]) => operation)
        .toSorted(),
    );
    expect(registered(app).length).toBeGreaterThan(12);
  });

  it('names each operation once and says which parameters are in its path', () => {
    const operations = operationsOf(document);
    const ids = operations.map(([, operation]) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [key, operation] of operations) {
      const inPath = [...key.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name);
      const declared = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(declared.map(({ name }) => name)).toEqual(inPath);
      expect(declared.every(({ required }) => required)).toBe(true);
      expect(Object.keys(operation.responses)).toContain('default');
    }
  });

  it('refers only to schemas that it has', () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/gu)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(20);
    const missing = references.filter(
      (name) => !Object.hasOwn(document.components.schemas, name ?? ''),
    );
    expect(missing).toEqual([]);
    const unusedSchemas = Object.keys(document.components.schemas).filter(
      (name) => !references.includes(name),
    );
    expect(unusedSchemas).toEqual([]);
  });
});
