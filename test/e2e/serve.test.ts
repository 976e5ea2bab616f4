import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentDocumentSchema } from '../../src/contract/environment-document.ts';
import { graphDocumentSchema } from '../../src/contract/graph-document.ts';
import { planDocumentSchema } from '../../src/contract/plan-document.ts';
import { reportDocumentSchema } from '../../src/contract/report-document.ts';
import {
  acceptedSchema,
  callPageSchema,
  environmentPageSchema,
  eventSchema,
  problemSchema,
} from '../../src/contract/rest.ts';
import { follow } from '../support/event-client.ts';
import { addressOf, ask, chainOf, givenCompany, soon } from '../support/installation.ts';
import type { Command, Installation } from '../support/installation.ts';

/** What the server gives requests that run when it is told to stop. */
const GRACE_MS = 10_000;

/** `offshoot serve` as a client of the REST interface meets it, over real environments. */

let company: Installation;
let server: Command;
let url = '';
let operationsUrl = '';

beforeEach(async () => {
  company = await givenCompany();
  await startServer();
});
afterEach(() => company.close());

async function startServer(): Promise<void> {
  server = company.start('serve', '--port', '0', '--health-port', '0', '--no-watch');
  const serving = await soon(() => {
    const line = server
      .stderr()
      .split('\n')
      .find((text) => text.includes('"serving"'));
    expect(line).toBeDefined();
    return JSON.parse(line ?? '') as { readonly url: string; readonly operationsPort: number };
  });
  url = serving.url;
  operationsUrl = `http://127.0.0.1:${serving.operationsPort}`;
}

async function bringUp(branch: string, key: string): Promise<Response> {
  return await fetch(`${url}/api/v1/environments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ branch }),
  });
}

async function read(path: string): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/${path}`);
  expect(response.status).toBe(200);
  return await response.json();
}

describe('serve', () => {
  it('carries an environment from its creation to its end, and says everything about it', async () => {
    company.push('feat/hello', 'greeter', 'broken');
    const created = await bringUp('feat/hello', 'once');
    expect(created.status).toBe(202);
    const accepted = acceptedSchema.parse(await created.json());
    const { name } = accepted.environment;
    expect(created.headers.get('location')).toBe(`/api/v1/environments/${name}`);
    // The same again is the same answer, and no new generation.
    const again = await bringUp('feat/hello', 'once');
    expect(acceptedSchema.parse(await again.json())).toEqual(accepted);
    const other = await bringUp('feat/other', 'once');
    expect(problemSchema.parse(await other.json()).code).toBe('IDEMPOTENCY_MISMATCH');

    const events = await follow(`${url}/api/v1/environments/${name}/events`);
    expect(events.status).toBe(200);
    await soon(() => expect(events.events.map(({ type }) => type)).toContain('ready'));
    for (const { data } of events.events) expect(eventSchema.parse(data).environment).toBe(name);

    const environment = environmentDocumentSchema.parse(await read(`environments/${name}`));
    expect(environment.generation).toBe(1);
    expect(chainOf(await ask(addressOf(environment)))).toContain('greeter:broken');
    const page = environmentPageSchema.parse(await read('environments'));
    expect(page.environments.map((each) => each.name)).toEqual(['baseline', name]);
    const plan = planDocumentSchema.parse(await read(`environments/${name}/plan`));
    expect(plan.components.map((component) => component.name)).toEqual(['gateway', 'greeter']);
    graphDocumentSchema.parse(await read('catalog'));

    // Tests are run by the command; both see the same.
    expect((await company.offshoot('test', name)).code).toBe(3);
    const report = reportDocumentSchema.parse(await read(`environments/${name}/report`));
    expect(report.culprits.map(({ component, origin }) => [component, origin])).toEqual([
      ['greeter', 'change'],
    ]);
    const { calls } = callPageSchema.parse(await read(`environments/${name}/calls`));
    expect(new Set(calls.map(({ client, server: to }) => `${client} → ${to}`))).toEqual(
      new Set(['outside → gateway', 'test → gateway', 'gateway → greeter', 'greeter → names']),
    );
    const logs = await fetch(`${url}/api/v1/environments/${name}/logs?component=gateway`);
    expect(await logs.text()).toBe('gateway listens\n');

    const removed = await fetch(`${url}/api/v1/environments/${name}`, { method: 'DELETE' });
    expect(removed.status).toBe(202);
    await soon(() => expect(events.events.map(({ type }) => type)).toContain('removed'));
    events.close();
    const gone = await fetch(`${url}/api/v1/environments/${name}`, { method: 'DELETE' });
    expect(gone.status).toBe(204);
    await soon(() => expect(company.remains()).toEqual([]));
    const missing = await fetch(`${url}/api/v1/environments/${name}`);
    expect(missing.status).toBe(404);
    expect(problemSchema.parse(await missing.json()).code).toBe('ENVIRONMENT_NOT_FOUND');
  });

  it('ends gracefully on SIGTERM, streams included; environments outlive it', async () => {
    company.push('feat/hello', 'greeter', 'hello');
    const created = await bringUp('feat/hello', 'once');
    const { name } = acceptedSchema.parse(await created.json()).environment;
    expect((await fetch(`${operationsUrl}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${operationsUrl}/metrics`)).text()).toContain('# TYPE');
    const events = await follow(`${url}/api/v1/events`);
    await soon(() =>
      expect(events.events.map(({ data }) => data)).toContainEqual(
        expect.objectContaining({ type: 'ready', environment: name }),
      ),
    );

    const beganMs = performance.now();
    server.signal('SIGTERM');
    expect((await server.ended).code).toBe(0);
    // Well within the grace that requests would be given: an open stream is not waited for.
    expect(performance.now() - beganMs).toBeLessThan(GRACE_MS);
    await soon(() => expect(events.isClosed()).toBe(true));
    await expect(fetch(`${url}/api/v1/environments`)).rejects.toThrow('fetch failed');
    expect(company.observed(name)?.isReady).toBe(true);

    // An answer that was given is given again by the next server; what died meanwhile is brought back.
    company.killAgentOf(name);
    await startServer();
    const again = await bringUp('feat/hello', 'once');
    expect(acceptedSchema.parse(await again.json()).environment.generation).toBe(1);
    await soon(async () => {
      const environment = environmentDocumentSchema.parse(await read(`environments/${name}`));
      expect(chainOf(await ask(addressOf(environment)))).toContain('greeter:hello');
    });
  });

  it('listens on nothing but loopback, and answers no other name', async () => {
    const refused = await company.offshoot('serve', '--port', '0', '--host', '0.0.0.0');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('without sign-in');
    const taken = await company.offshoot('serve', '--port', new URL(url).port, '--no-watch');
    expect(taken).toMatchObject({ code: 2 });
    expect(taken.stderr).toContain('is in use');
  });
});
