import { request as httpRequest } from 'node:http';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '../../../../src/contract/rest.ts';
import { STATUS_BY_CODE } from '../../../../src/adapters/http/status-by-code.ts';
import { OperationError } from '../../../../src/domain/errors.ts';
import { openServer, type ServerFixture } from '../../../support/server-fixture.ts';
import { sampleDesire } from '../../../support/state-samples.ts';

describe('a problem of the REST interface', () => {
  let fixture: ServerFixture;
  const post = (body: object): request.Test =>
    request(fixture.url).post('/api/v1/environments').send(body);
  const get = (path: string): request.Test => request(fixture.url).get(path);

  /** Every problem has the whole shape of RFC 9457. */
  const problem = (response: request.Response): string => {
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/u);
    const body = problemSchema.parse(response.body);
    expect(response.body).toEqual(body);
    expect(body.status).toBe(response.status);
    expect(body.type).toBe(`urn:offshoot:error:${body.code}`);
    expect(body.instance).toMatch(/^urn:uuid:[0-9a-f-]{36}$/u);
    return `${body.status} ${body.code}`;
  };

  beforeAll(async () => {
    fixture = await openServer({
      diagnostics: [{ code: 'CATALOG_YAML', severity: 'error', message: 'bad indentation' }],
    });
    await fixture.state.store.desire(sampleDesire('coupon'));
  });
  afterAll(() => fixture.close());

  it('has the status of its code', async () => {
    expect(problem(await post({ branch: 'fails/name-taken' }))).toBe('409 ENVIRONMENT_NAME_TAKEN');
    expect(problem(await post({ branch: 'fails/quota' }))).toBe('429 QUOTA_EXCEEDED');
    expect(problem(await get('/api/v1/environments/nobody'))).toBe('404 ENVIRONMENT_NOT_FOUND');
    for (const status of Object.values(STATUS_BY_CODE)) expect(status).toBeGreaterThanOrEqual(400);
  });

  it('says when to come back', async () => {
    const response = await post({ branch: 'fails/busy' });
    expect(problem(response)).toBe('503 STATE_BUSY');
    expect(response.headers['retry-after']).toBe('5');
  });

  it('carries the diagnostics, with their places', async () => {
    const response = await post({ branch: 'fails/diagnostics' });
    expect(problem(response)).toBe('422 CATALOG_UNKNOWN_KEY');
    expect(response.body).toMatchObject({
      diagnostics: [
        { code: 'CATALOG_UNKNOWN_KEY', location: { file: 'cart.yaml', line: 7, column: 3 } },
      ],
    });
    expect(problem(await get('/api/v1/catalog'))).toBe('422 CATALOG_YAML');
  });

  it('tells nothing of a bug to the outside and all of it to the log', async () => {
    const response = await post({ branch: 'fails/bug' });
    expect(problem(response)).toBe('500 INTERNAL');
    expect(response.text).not.toContain('secret detail');
    const { instance } = problemSchema.parse(response.body);
    const logged = fixture.logged.find(
      (fields) => instance === `urn:uuid:${String(fields['requestId'])}`,
    );
    expect(logged?.['err']).toMatchObject({ message: 'secret detail of a bug' });
  });

  it('lists every mistake of a body at once', async () => {
    const response = await post({ branch: '', isolation: 'header', pins: { cart: 7 }, more: 1 });
    expect(problem(response)).toBe('400 USAGE');
    const { diagnostics } = problemSchema.parse(response.body);
    expect(diagnostics.map(({ message }) => message.split(':')[0])).toEqual(
      expect.arrayContaining(['"branch"', '"isolation"', '"pins.cart"']),
    );
    expect(diagnostics.some(({ message }) => message.includes('more'))).toBe(true);
  });

  it.each([
    ['{"branch": "feat/a", "__proto__": {"x": 1}}', 400],
    ['{"branch": "feat/a", "pins": {"__proto__": "v1"}}', 202],
    ['["feat/a"]', 400],
    ['"feat/a"', 400],
    ['{"branch": ', 400],
    ['', 400],
  ])('answers to the body %s', async (body, status) => {
    const response = await request(fixture.url)
      .post('/api/v1/environments')
      .set('Content-Type', 'application/json')
      .send(body);
    expect(response.status).toBe(status);
    expect(Object.hasOwn(fixture.wishes.at(-1)?.pins ?? {}, '__proto__')).toBe(false);
  });

  it('refuses a body that is not JSON by its type, so that no form of a foreign page can post', async () => {
    const response = await request(fixture.url)
      .post('/api/v1/environments')
      .set('Content-Type', 'text/plain')
      .send('{"branch": "feat/a"}');
    expect(problem(response)).toBe('415 USAGE');
    const compressed = await request(fixture.url)
      .post('/api/v1/environments')
      .set('Content-Type', 'application/json')
      .set('Content-Encoding', 'gzip')
      .send('xx');
    expect(problem(compressed)).toBe('415 USAGE');
  });

  it.each([
    '?limit=0',
    '?limit=501',
    '?limit=x',
    '?limit=1&limit=2',
    '?cursor=nonsense',
    `?cursor=${Buffer.from('[1,2,3]').toString('base64url')}`,
    '?removed=yes',
    '?unknown=1',
  ])('refuses the query %s', async (query) => {
    expect(problem(await get(`/api/v1/environments${query}`))).toBe('400 USAGE');
  });

  it.each([
    'logs',
    'logs?component=../etc/passwd',
    'logs?component=cart&tail=-1',
    'calls?fromUs=-1',
    'events?after=x',
    'plan?x=1',
  ])('refuses %s of an environment', async (view) => {
    expect(problem(await get(`/api/v1/environments/coupon/${view}`))).toBe('400 USAGE');
  });

  it.each(['feat%2Fcoupon', '..%2F..', 'UPPER', 'a'.repeat(64), '%00', 'a%20b'])(
    'never trusts the name %s in a path',
    async (name) => {
      for (const view of ['', '/plan', '/report', '/calls', '/events', '/logs?component=a']) {
        const response = await get(`/api/v1/environments/${name}${view}`);
        expect(problem(response)).toBe('404 ENVIRONMENT_NOT_FOUND');
      }
      const response = await request(fixture.url).delete(`/api/v1/environments/${name}`);
      expect(problem(response)).toBe('404 ENVIRONMENT_NOT_FOUND');
    },
  );

  it('knows no other path and no other method', async () => {
    expect(problem(await get('/'))).toBe('404 NOT_FOUND');
    expect(problem(await get('/api/v1/Environments'))).toBe('404 NOT_FOUND');
    expect(problem(await get('/api/v1/environments/%ff'))).toBe('400 USAGE');
    const response = await request(fixture.url).put('/api/v1/environments').send({});
    expect(problem(response)).toBe('405 USAGE');
    expect(response.headers['allow']).toBe('GET, POST');
    const options = await request(fixture.url)
      .options('/api/v1/environments')
      .set('Origin', 'http://evil.example');
    expect(problem(options)).toBe('403 USAGE');
    expect(options.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each([
    ['localhost', 200],
    ['LOCALHOST:80', 200],
    ['127.0.0.1:4000', 200],
    ['127.9.9.9', 200],
    ['[::1]:4000', 200],
    ['evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost.evil.example:80', 421],
    ['10.0.0.1', 421],
    ['[::ffff:10.0.0.1]', 421],
    ['localhost@evil.example', 421],
  ])(
    'answers to the Host "%s" with %i, since other names may be anybody’s',
    async (host, status) => {
      const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
      httpRequest(`${fixture.url}/api/v1/environments`, { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
      expect(await promise).toBe(status);
    },
  );

  it('lets no page of another site change anything, but pages of this machine', async () => {
    const from = (origin: string): request.Test => post({ branch: 'feat/a' }).set('Origin', origin);
    expect(problem(await from('http://evil.example'))).toBe('403 USAGE');
    expect(problem(await from('null'))).toBe('403 USAGE');
    expect((await from('http://localhost:5173')).status).toBe(202);
  });

  it('comes with security headers and without a signature, like every answer', async () => {
    for (const path of ['/api/v1/environments', '/nothing']) {
      const { headers } = await get(path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

describe('the server', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.org'])(
    'refuses to listen on %s until there is sign-in',
    async (host) => {
      const fixture = await openServer();
      const error: unknown = await fixture.server
        .listen(0, host)
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(OperationError);
      expect(error).toMatchObject({ code: 'USAGE' });
      expect(String(error)).toContain('without sign-in');
      await fixture.close();
    },
  );

  it('says so when its port is taken', async () => {
    const first = await openServer();
    const second = await openServer();
    const port = Number(new URL(first.url).port);
    await second.server.close(0);
    await expect(second.server.listen(port)).rejects.toThrow(
      `port ${port} of "127.0.0.1" is in use`,
    );
    await Promise.all([first.close(), second.close()]);
  });

  it('listens on both of its ports or on none', async () => {
    const taken = await openServer();
    const operationsPort = Number(new URL(taken.operationsUrl).port);
    const fixture = await openServer({ settings: { operationsPort: 0 } });
    const port = Number(new URL(fixture.url).port);
    await fixture.close();
    const unlucky = openServer({ port, settings: { operationsPort } });
    await expect(unlucky).rejects.toThrow(`port ${operationsPort} of "127.0.0.1" is in use`);
    const next = await openServer({ port });
    expect(next.url).toBe(fixture.url);
    await Promise.all([taken.close(), next.close()]);
  });
});
