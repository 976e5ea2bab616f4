import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { imageRegistries } from '../../../src/adapters/registry/image-registries.ts';

/** A registry on this machine that answers as it is told. */

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

async function registry(
  answer: Answer,
): Promise<{ readonly host: string; readonly seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const { authorization = '' } = request.headers;
    seen.push([request.method, request.url, authorization].join(' ').trim());
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  return { host: `127.0.0.1:${address.port}`, seen };
}

const always =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) =>
    void response.writeHead(status, headers).end();

const PASSWORD = { username: 'shop', password: 'secret' };
const BASIC = `Basic ${Buffer.from('shop:secret').toString('base64')}`;

describe('a registry', () => {
  it('has an image whose manifest it shows', async () => {
    const { host, seen } = await registry(always(200));
    const look = await imageRegistries().look(`${host}/shop/cart:1`, null);
    expect(look).toEqual({ state: 'there' });
    expect(seen).toEqual(['HEAD /v2/shop/cart/manifests/1']);
  });

  it('has none that it does not find', async () => {
    const { host } = await registry(always(404));
    expect(await imageRegistries().look(`${host}/cart`, null)).toEqual({ state: 'missing' });
  });

  it('says nothing by a refusal or a failure', async () => {
    for (const status of [401, 403, 429, 500]) {
      const { host } = await registry(always(status));
      expect(await imageRegistries().look(`${host}/cart`, null)).toMatchObject({
        state: 'unknown',
      });
    }
  });

  it('is told a password where it asks for one', async () => {
    const { host, seen } = await registry((request, response) => {
      const isKnown = request.headers.authorization === BASIC;
      response.writeHead(isKnown ? 200 : 401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    expect(await imageRegistries().look(`${host}/cart:1`, PASSWORD)).toEqual({ state: 'there' });
    expect(await imageRegistries().look(`${host}/cart:1`, null)).toMatchObject({
      state: 'unknown',
    });
    expect(seen).toHaveLength(3);
  });

  it('is shown the token that it sends to fetch', async () => {
    const { host, seen } = await registry((request, response) => {
      if (request.url?.startsWith('/token') === true) {
        response.end(JSON.stringify({ token: 'abc' }));
        return;
      }
      const isKnown = request.headers.authorization === 'Bearer abc';
      const challenge = `Bearer realm="http://${request.headers.host}/token",service="here"`;
      response.writeHead(isKnown ? 200 : 401, { 'www-authenticate': challenge }).end();
    });
    expect(await imageRegistries().look(`${host}/shop/cart:1`, PASSWORD)).toEqual({
      state: 'there',
    });
    const scope = encodeURIComponent('repository:shop/cart:pull');
    expect(seen[1]).toBe(`GET /token?service=here&scope=${scope} ${BASIC}`);
  });

  it('is read no further than a token can be long', async () => {
    let sent = 0;
    const { host } = await registry((request, response) => {
      if (request.url?.startsWith('/token') === true) {
        const flood = (): void => {
          sent += 1;
          if (!response.destroyed && sent < 10_000) response.write(Buffer.alloc(16_384), flood);
        };
        flood();
        return;
      }
      const challenge = `Bearer realm="http://${request.headers.host}/token"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    });
    expect(await imageRegistries(60_000).look(`${host}/cart`, PASSWORD)).toMatchObject({
      state: 'unknown',
    });
    expect(sent).toBeLessThan(10_000);
  });

  it('gets no password for a token service in the clear elsewhere', async () => {
    const thief = await registry(always(200));
    const challenge = `Bearer realm="http://${thief.host}/token"`;
    const { host } = await registry(always(401, { 'www-authenticate': challenge }));
    expect(await imageRegistries().look(`${host}/cart`, PASSWORD)).toMatchObject({
      state: 'unknown',
    });
    expect(thief.seen).toEqual([]);
  });

  it('that does not answer is waited for once', async () => {
    const { host, seen } = await registry(() => undefined);
    const registries = imageRegistries(200);
    for (const image of ['cart', 'web', 'api']) {
      const look = await registries.look(`${host}/${image}`, null);
      expect(look).toMatchObject({ state: 'unknown' });
      expect(JSON.stringify(look)).toContain(host);
    }
    expect(seen).toHaveLength(1);
  });

  it('tells the time', async () => {
    const { host } = await registry(always(401, { date: 'Sun, 22 Nov 2026 08:00:00 GMT' }));
    expect(await imageRegistries().nowMs(`${host}/cart`)).toBe(Date.UTC(2026, 10, 22, 8));
    expect(await imageRegistries().nowMs('Not An Image')).toBeNull();
  });
});
