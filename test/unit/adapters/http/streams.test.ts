import { setTimeout as wait } from 'node:timers/promises';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogLine, LogOptions } from '../../../../src/application/ports/engine.ts';
import { eventSchema } from '../../../../src/contract/rest.ts';
import { follow, type EventClient } from '../../../support/event-client.ts';
import {
  openServer,
  type FixtureOptions,
  type ServerFixture,
} from '../../../support/server-fixture.ts';
import { sampleDesire } from '../../../support/state-samples.ts';

/** Lines without end, and who stopped them. */
function endlessLog(): {
  readonly logs: NonNullable<FixtureOptions['logs']>;
  readonly seen: { count: number; isStopped: boolean };
} {
  const seen = { count: 0, isStopped: false };
  async function* lines(_component: string, options: LogOptions): AsyncIterable<LogLine> {
    try {
      while (options.signal?.aborted !== true) {
        seen.count += 1;
        yield { at: '2026-01-01T00:00:00.000Z', stream: 'stdout', text: 'x'.repeat(10_000) };
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      seen.isStopped = true;
    }
  }
  return { logs: lines, seen };
}

describe('a stream of events', () => {
  let fixture: ServerFixture;
  const clients: EventClient[] = [];
  const open = async (options: FixtureOptions = {}): Promise<void> => {
    fixture = await openServer(options);
    for (const name of ['a', 'b']) await fixture.state.store.desire(sampleDesire(name));
  };
  const listen = async (
    path: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<EventClient> => {
    const client = await follow(`${fixture.url}${path}`, headers);
    clients.push(client);
    return client;
  };
  const append = (
    environment: string,
    message: string,
    data: Readonly<Record<string, unknown>> = {},
  ): Promise<void> => fixture.state.store.append({ environment, type: 'task', message, data });
  const messagesOf = (client: EventClient): string[] =>
    client.events.map((event) => eventSchema.parse(event.data).message);

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await fixture.close();
  });

  it('begins with the oldest event kept and goes on with what happens', async () => {
    await open();
    await append('a', 'one');
    await append('b', 'other');
    const client = await listen('/api/v1/environments/a/events');
    expect(client.status).toBe(200);
    expect(client.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    await expect.poll(() => messagesOf(client)).toEqual(['one']);
    await append('b', 'other');
    await append('a', 'two', { task: 'deploy/cart', text: 'a\nb\r\n\n' });
    await expect.poll(() => messagesOf(client)).toEqual(['one', 'two']);
    const last = client.events.at(-1);
    expect(last?.type).toBe('task');
    expect(eventSchema.parse(last?.data)).toMatchObject({
      environment: 'a',
      data: { task: 'deploy/cart', text: 'a\nb\r\n\n' },
    });
    expect(last?.id).toBe(String(eventSchema.parse(last?.data).id));
  });

  it('continues after the last event a client has seen, missing none and repeating none', async () => {
    await open();
    for (let n = 0; n < 250; n += 1) await append('a', String(n));
    const first = await listen('/api/v1/environments/a/events');
    await expect.poll(() => first.events.length).toBe(250);
    const seen = first.events[119]?.id ?? '';
    const again = await listen('/api/v1/environments/a/events', { 'Last-Event-ID': seen });
    await expect.poll(() => again.events.length).toBe(130);
    expect(messagesOf(again)[0]).toBe('120');
    const byQuery = await listen(`/api/v1/environments/a/events?after=${seen}`);
    await expect.poll(() => byQuery.events.length).toBe(130);
    const wrong = await listen('/api/v1/environments/a/events', { 'Last-Event-ID': 'x' });
    expect(wrong.status).toBe(400);
  });

  it('may be of all environments', async () => {
    await open();
    const client = await listen('/api/v1/events');
    await append('a', 'one');
    await append('b', 'two');
    await expect.poll(() => messagesOf(client)).toEqual(['one', 'two']);
  });

  it('is quiet but alive when nothing happens', async () => {
    await open({ settings: { heartbeatMs: 20 } });
    const client = await listen('/api/v1/events');
    await expect.poll(() => client.text().split(':\n\n').length).toBeGreaterThan(3);
    expect(client.text()).toMatch(/^retry: 2000\n\n/u);
    expect(client.events).toEqual([]);
  });

  it('is refused beyond the limit, and frees its place when the client leaves', async () => {
    await open({ settings: { streamCountMax: 2 } });
    const first = await listen('/api/v1/events');
    await listen('/api/v1/environments/a/events');
    const response = await request(fixture.url).get('/api/v1/events');
    expect(response.body).toMatchObject({ status: 503, code: 'SERVER_BUSY' });
    expect(response.headers['retry-after']).toBe('5');
    const log = await request(fixture.url).get('/api/v1/environments/a/logs?component=cart');
    expect(log.status).toBe(503);
    first.close();
    await expect.poll(() => fixture.server.streamCount()).toBe(1);
    expect((await listen('/api/v1/events')).status).toBe(200);
  });

  it('waits for a slow client with one piece in memory, and drops it when it stays slow', async () => {
    await open({ settings: { stallTimeoutMs: 1_000 } });
    const payload = 'x'.repeat(100_000);
    const slow = await listen('/api/v1/events');
    slow.pause();
    const quick = await listen('/api/v1/events');
    // 40 MB: far more than the buffers of both kernels' sides together.
    for (let n = 0; n < 400; n += 1) await append('a', String(n), { payload });
    await expect.poll(() => quick.events.length, { timeout: 20_000, interval: 200 }).toBe(400);
    await expect.poll(() => fixture.server.streamCount(), { timeout: 10_000 }).toBe(1);
    slow.resume();
    await expect.poll(() => slow.isClosed(), { timeout: 10_000 }).toBe(true);
    expect(slow.events.length).toBeLessThan(400);
    expect(quick.isClosed()).toBe(false);
  });

  it('waits with one line of a log for a slow client, reading no further', async () => {
    const { logs, seen } = endlessLog();
    await open({ logs, settings: { stallTimeoutMs: 1_000 } });
    const slow = await listen('/api/v1/environments/a/logs?component=cart&follow=true', {
      accept: 'text/plain',
    });
    slow.pause();
    await expect.poll(() => seen.isStopped, { timeout: 10_000 }).toBe(true);
    expect(seen.count).toBeLessThan(5_000);
    await expect.poll(() => fixture.server.streamCount()).toBe(0);
  });

  it('of a log stops the log when the client leaves', async () => {
    const { logs, seen } = endlessLog();
    await open({ logs });
    const client = await listen('/api/v1/environments/a/logs?component=cart&follow=true');
    await expect.poll(() => client.events.length).toBeGreaterThan(3);
    client.close();
    await expect.poll(() => seen.isStopped).toBe(true);
  });

  it('of a log begins before there is a line', async () => {
    const silent = async function* (
      _component: string,
      options: LogOptions,
    ): AsyncIterable<LogLine> {
      await new Promise((resolve) => options.signal?.addEventListener('abort', resolve));
      yield* [];
    };
    await open({ logs: silent });
    const client = await listen('/api/v1/environments/a/logs?component=cart&follow=true');
    expect(client.status).toBe(200);
    client.close();
    await expect.poll(() => fixture.server.streamCount()).toBe(0);
  });

  it('ends when the server closes, whose answers under way are still given', async () => {
    await open();
    const client = await listen('/api/v1/events');
    const underWay = request(fixture.url)
      .post('/api/v1/environments')
      .send({ branch: 'slow/a' })
      .then((r) => r);
    await expect.poll(() => fixture.wishes.length).toBe(1);
    const closed = fixture.server.close(5_000);
    await expect.poll(() => client.isClosed()).toBe(true);
    expect((await request(fixture.operationsUrl).get('/readyz')).status).toBe(503);
    expect((await request(fixture.operationsUrl).get('/healthz')).status).toBe(200);
    await expect(request(fixture.url).get('/api/v1/environments')).rejects.toThrow(/ECONNREFUSED/u);
    fixture.release();
    expect((await underWay).status).toBe(202);
    await closed;
    await expect(request(fixture.operationsUrl).get('/healthz')).rejects.toThrow(/ECONNREFUSED/u);
  });

  it('does not hold up the closing of the server beyond its grace', async () => {
    await open();
    const underWay = request(fixture.url)
      .post('/api/v1/environments')
      .send({ branch: 'slow/a' })
      .then(
        () => 'answered',
        () => 'cut',
      );
    await expect.poll(() => fixture.wishes.length).toBe(1);
    const began = performance.now();
    await fixture.server.close(100);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(await underWay).toBe('cut');
    await wait(10);
  });
});
