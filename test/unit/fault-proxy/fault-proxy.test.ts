import { KubeConfig } from '@kubernetes/client-node';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy/fault-proxy.ts';
import type { AnswerEffect } from '../../support/fault-proxy/faults.ts';
import { startBackend, type Backend } from './backend.ts';

const PODS = '/api/v1/namespaces/n/pods';
const WATCH = `${PODS}?watch=true`;
const FIRST = '{"type":"ADDED"}\n';

let backend: Backend;
let proxy: FaultProxy;

beforeEach(async () => {
  backend = await startBackend();
  proxy = await startFaultProxy({ kubeconfig: backend.kubeconfig });
});

afterEach(async () => {
  await proxy.close();
  await backend.close();
});

const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(proxy.url + path, init);

interface OpenWatch {
  /** What came until now. */
  read(): string;
  /** How it ended; null while it goes on. */
  end(): 'in order' | 'broken' | null;
  abort(): void;
}

/** Resolves when the first event is there, or the watch has ended. */
async function watch(): Promise<OpenWatch> {
  const stop = new AbortController();
  const response = await ask(WATCH, { signal: stop.signal });
  let read = '';
  let end: 'in order' | 'broken' | null = null;
  const readAll = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) read += Buffer.from(chunk).toString();
  };
  void readAll().then(
    () => (end = 'in order'),
    () => (end = 'broken'),
  );
  return { read: () => read, end: () => end, abort: () => stop.abort() };
}

async function watchWithFirstEvent(): Promise<OpenWatch> {
  const one = await watch();
  await vi.waitFor(() => expect(one.read()).toBe(FIRST));
  return one;
}

describe('without a fault', () => {
  it('passes requests on, with their body, and answers with the server’s', async () => {
    const response = await ask(PODS, { method: 'POST', body: 'text' });
    expect(await response.json()).toEqual({ got: 'text' });
    expect(backend.received).toEqual([`POST ${PODS} text`]);
  });

  it('asks with the credentials of the kubeconfig, and gives out one without', async () => {
    await ask(PODS);
    expect(backend.authorizations).toEqual(['Bearer secret-token']);
    const config = new KubeConfig();
    config.loadFromFile(proxy.kubeconfig);
    expect(config.getCurrentContext()).toBe('the-context');
    expect(config.getCurrentCluster()?.server).toBe(proxy.url);
    expect(config.getCurrentUser()?.token).toBeUndefined();
  });

  it('passes a watch on line by line, and its end', async () => {
    const one = await watchWithFirstEvent();
    backend.send('second\n');
    await vi.waitFor(() => expect(one.read()).toBe(`${FIRST}second\n`));
    backend.endWatches();
    await vi.waitFor(() => expect(one.end()).toBe('in order'));
  });

  it('lets go of the server’s watch when the client does', async () => {
    const one = await watchWithFirstEvent();
    expect([proxy.open(), backend.openWatches()]).toEqual([1, 1]);
    one.abort();
    await vi.waitFor(() => expect([proxy.open(), backend.openWatches()]).toEqual([0, 0]));
  });

  it('resets the connection when the server is gone', async () => {
    await backend.close();
    await expect(ask(PODS)).rejects.toThrow('fetch failed');
    backend = await startBackend();
  });

  it('passes upgraded connections on, both ways', async () => {
    const socket = upgraded();
    socket.end('there');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(answer).toMatch(/\r\n\r\nhello there$/);
    expect(backend.received).toEqual([`UPGRADE ${PODS}/p/exec`]);
  });
});

function upgraded(): ReturnType<typeof connect> {
  const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1');
  socket.write(
    `GET ${PODS}/p/exec HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n`,
  );
  return socket;
}

describe('a fault of requests', () => {
  it.each([409, 410, 429, 500, 503] as const)(
    'answers %i and carries nothing out',
    async (status) => {
      proxy.setFault({ effect: { kind: 'answer', status, retryAfterSeconds: 7 } });
      const response = await ask(PODS, { method: 'POST', body: 'text' });
      expect(response.status).toBe(status);
      expect(response.headers.get('retry-after')).toBe('7');
      expect(await response.json()).toMatchObject({ kind: 'Status', code: status });
      expect(backend.received).toEqual([]);
    },
  );

  it.each<[AnswerEffect['kind'], readonly string[]]>([
    ['reset', []],
    ['loseAnswer', [`POST ${PODS} text`]],
  ])('%s: no answer; the server has seen %j', async (kind, received) => {
    proxy.setFault({ effect: kind === 'reset' ? { kind } : { kind: 'loseAnswer' } });
    await expect(ask(PODS, { method: 'POST', body: 'text' })).rejects.toThrow('fetch failed');
    expect(backend.received).toEqual(received);
  });

  it('hangs, until the client has enough', async () => {
    proxy.setFault({ effect: { kind: 'hang' } });
    await expect(ask(PODS, { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/);
    expect(backend.received).toEqual([]);
    await vi.waitFor(() => expect(proxy.open()).toBe(0));
  });

  it('delays', async () => {
    proxy.setFault({ effect: { kind: 'delay', ms: 100 } });
    const begin = performance.now();
    expect((await ask(PODS)).status).toBe(200);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(95);
  });

  it('hits upgrades as well', async () => {
    proxy.setFault({ effect: { kind: 'answer', status: 503 } });
    expect(await text(upgraded())).toMatch(/^HTTP\/1\.1 503 [^]*"code":503/);
    expect(backend.received).toEqual([]);
  });

  it('is over when it is taken away', async () => {
    proxy.setFault({ effect: { kind: 'answer', status: 500 } });
    proxy.setFault(null);
    expect((await ask(PODS)).status).toBe(200);
  });
});

describe('a fault of a watch', () => {
  it('cuts one that is open, at once', async () => {
    const one = await watchWithFirstEvent();
    proxy.setFault({ effect: { kind: 'cut', afterBytes: 0 } });
    await vi.waitFor(() => expect(one.end()).toBe('broken'));
  });

  it('cuts after so many further bytes', async () => {
    const one = await watchWithFirstEvent();
    proxy.setFault({ effect: { kind: 'cut', afterBytes: 9 } });
    backend.send('second\n');
    await vi.waitFor(() => expect(one.read()).toBe(`${FIRST}second\n`));
    backend.send('third\n');
    await vi.waitFor(() => expect(one.end()).toBe('broken'));
    expect(one.read()).toBe(`${FIRST}second\nth`);
  });

  it('cuts in the middle of an object', async () => {
    const one = await watchWithFirstEvent();
    proxy.setFault({ effect: { kind: 'cutMidObject' } });
    backend.send('0123456789\n');
    await vi.waitFor(() => expect(one.end()).toBe('broken'));
    expect(one.read()).toBe(`${FIRST}01234`);
  });

  it('lets lines come late, in order', async () => {
    const one = await watchWithFirstEvent();
    proxy.setFault({ effect: { kind: 'slow', lineMs: 60 } });
    const begin = performance.now();
    backend.send('a\nb\nc\n');
    await vi.waitFor(() => expect(one.read()).toBe(`${FIRST}a\nb\nc\n`));
    expect(performance.now() - begin).toBeGreaterThanOrEqual(170);
  });

  it('leaves it half-open for good', async () => {
    const one = await watchWithFirstEvent();
    proxy.setFault({ effect: { kind: 'halfOpen' } });
    backend.send('lost\n');
    await sleep(50);
    proxy.setFault(null);
    backend.send('after\n');
    backend.endWatches();
    await sleep(50);
    expect([one.read(), one.end()]).toEqual([FIRST, null]);
  });

  it('tells that its resource version is gone', async () => {
    const one = await watchWithFirstEvent();
    proxy.setFault({ effect: { kind: 'expire' } });
    await vi.waitFor(() => expect(one.end()).toBe('in order'));
    const event: unknown = JSON.parse(one.read().slice(FIRST.length));
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  it('holds for a watch that begins later, and for no list', async () => {
    proxy.setFault({ effect: { kind: 'expire' } });
    expect((await ask(WATCH).then((response) => response.text())).trim()).toMatch(/"code":410/);
    expect(await (await ask(PODS)).json()).toEqual({ got: '' });
  });
});

describe('which requests a fault hits', () => {
  const statuses = async (paths: readonly string[]): Promise<number[]> => {
    const all: number[] = [];
    for (const path of paths) all.push((await ask(path)).status);
    return all;
  };

  it('is told by verb, resource and path', async () => {
    const effect = { kind: 'answer', status: 410 } as const;
    proxy.setFault([
      { effect, when: { verb: 'list', path: /continue=/ } },
      { effect, when: { verb: 'get', resource: 'deployments.apps' } },
    ]);
    const found = await statuses([
      PODS,
      `${PODS}?continue=x`,
      `${PODS}/p?continue=x`,
      '/apis/apps/v1/namespaces/n/deployments/d',
      '/apis/apps/v1/namespaces/n/statefulsets/d',
    ]);
    expect(found).toEqual([200, 410, 200, 410, 200]);
    expect(proxy.hits()).toBe(2);
  });

  it('ends with its count', async () => {
    proxy.setFault({ effect: { kind: 'answer', status: 500 }, count: 2 });
    expect(await statuses([PODS, PODS, PODS])).toEqual([500, 500, 200]);
  });

  it('is as probable as it says', async () => {
    const draws = [0.1, 0.6, 0.4];
    const chancy = await startFaultProxy({
      kubeconfig: backend.kubeconfig,
      rules: [{ effect: { kind: 'answer', status: 500 }, probability: 0.5 }],
      random: () => draws.shift() ?? 0,
    });
    const answers = [1, 2, 3].map(() => fetch(chancy.url + PODS));
    const hits = (await Promise.all(answers)).filter(({ status }) => status === 500);
    expect(hits).toHaveLength(2);
    expect(chancy.hits()).toBe(2);
    await chancy.close();
  });
});

describe('the proxy', () => {
  it('counts what it was asked, refused or not', async () => {
    await ask(PODS);
    proxy.setFault({ effect: { kind: 'answer', status: 500 } });
    await ask(PODS);
    await ask(`${PODS}/p`);
    expect(proxy.requests.table()).toEqual({ 'list pods': 2, 'get pods': 1 });
    expect(proxy.requests.count({ resource: 'pods' })).toBe(3);
    proxy.requests.reset();
    expect(proxy.requests.count()).toBe(0);
  });

  it('leaves nothing behind', async () => {
    const one = await watchWithFirstEvent();
    await proxy.close();
    await vi.waitFor(() => expect([one.end(), backend.openWatches()]).toEqual(['broken', 0]));
    expect(existsSync(proxy.kubeconfig)).toBe(false);
    proxy = await startFaultProxy({ kubeconfig: backend.kubeconfig });
  });
});
