import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import {
  openServer,
  type FixtureOptions,
  type ServerFixture,
} from '../../../support/server-fixture.ts';
import { sampleDesire } from '../../../support/state-samples.ts';

describe('the server limits', () => {
  let fixture: ServerFixture;
  const open = async (settings: FixtureOptions['settings'] = {}): Promise<void> => {
    fixture = await openServer({ settings });
  };
  const post = (body: object, key?: string): request.Test => {
    const test = request(fixture.url).post('/api/v1/environments').send(body);
    return key === undefined ? test : test.set('Idempotency-Key', key);
  };
  /** What comes back for bytes that no client library would send. */
  const raw = async (bytes: string): Promise<string> => {
    const socket = connect(Number(new URL(fixture.url).port), '127.0.0.1');
    socket.write(bytes);
    return await text(socket);
  };

  afterEach(() => fixture.close());

  it('the size of a body', async () => {
    await open({ bodyBytesMax: 1_000 });
    const response = await post({
      branch: 'a',
      include: Array.from({ length: 300 }, () => 'cart'),
    });
    expect(response.body).toMatchObject({
      status: 413,
      code: 'REQUEST_TOO_LARGE',
      detail: 'the body is larger than 1000 bytes',
    });
    const chunked = await raw(
      'POST /api/v1/environments HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n' +
        'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n' +
        `7d0\r\n"${'x'.repeat(1998)}"\r\n0\r\n\r\n`,
    );
    expect(chunked).toContain('REQUEST_TOO_LARGE');
    expect(fixture.wishes).toEqual([]);
  });

  it('a body of 256 KiB unless told', async () => {
    await open();
    const include = (count: number): string[] =>
      Array.from({ length: count }, () => 'c'.repeat(60));
    expect((await post({ branch: 'a', include: include(1_000) })).status).toBe(202);
    expect((await post({ branch: 'a', include: include(5_000) })).status).toBe(413);
  });

  it('the length of an address', async () => {
    await open({ urlBytesMax: 100 });
    const response = await request(fixture.url).get(
      `/api/v1/environments?cursor=${'x'.repeat(100)}`,
    );
    expect(response.body).toMatchObject({ status: 414, code: 'USAGE' });
  });

  it('the size of headers', async () => {
    await open();
    const response = await request(fixture.url)
      .get('/api/v1/environments')
      .set('X-Big', 'x'.repeat(20_000));
    expect(response.status).toBe(431);
  });

  it('requests without a Host, or of nobody’s protocol', async () => {
    await open();
    expect(await raw('GET /api/v1/environments HTTP/1.0\r\n\r\n')).toContain(' 421 ');
    expect(await raw('GET /api/v1/environments HTTP/1.1\r\n\r\n')).toContain(' 400 ');
    expect(await raw('HELLO\r\n\r\n')).toContain(' 400 ');
    expect((await request(fixture.url).get('/api/v1/environments')).status).toBe(200);
  });

  it('how long a request may take to arrive', async () => {
    await open({ headersTimeoutMs: 100, requestTimeoutMs: 200, connectionsCheckMs: 50 });
    expect(await raw('POST /api/v1/environments HTTP/1.1\r\nHost: localhost\r\n')).toContain(
      ' 408 ',
    );
  });

  it('how long an answer may take, while the work goes on', async () => {
    await open({ answerTimeoutMs: 50 });
    const response = await post({ branch: 'slow/coupon' }, 'k1');
    expect(response.body).toMatchObject({ status: 504, code: 'WAIT_TIMEOUT' });
    fixture.release();
    expect((await post({ branch: 'slow/coupon' }, 'k1')).status).toBe(202);
    expect(fixture.wishes).toHaveLength(1);
  });

  it('the number of connections', async () => {
    await open({ connectionCountMax: 1 });
    const port = Number(new URL(fixture.url).port);
    const first = connect(port, '127.0.0.1');
    await new Promise((resolve) => first.once('connect', resolve));
    const answer = await raw('GET /api/v1/environments HTTP/1.1\r\nHost: localhost\r\n\r\n').catch(
      () => '',
    );
    expect(answer).toBe('');
    first.destroy();
  });

  it('a page to 500 and 100 unless told', async () => {
    await open();
    for (let n = 0; n < 101; n += 1) await fixture.state.store.desire(sampleDesire(`e${n}`));
    const response = await request(fixture.url).get('/api/v1/environments');
    expect((response.body as { environments: unknown[] }).environments).toHaveLength(100);
  });
});

describe('an idempotency key', () => {
  let fixture: ServerFixture;
  const post = (body: object, key: string): request.Test =>
    request(fixture.url).post('/api/v1/environments').set('Idempotency-Key', key).send(body);

  afterEach(() => fixture.close());

  it('gives the same answer to the same request, carried out once', async () => {
    fixture = await openServer();
    const first = await post({ branch: 'feat/a', pins: { a: 'x', b: 'y' } }, 'k1');
    const second = await post(
      { pins: { b: 'y', a: 'x' }, isolation: 'path', branch: 'feat/a' },
      'k1',
    );
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(second.headers['location']).toBe(first.headers['location']);
    expect(fixture.wishes).toHaveLength(1);
    await post({ branch: 'feat/a', pins: { a: 'x', b: 'y' } }, 'k2');
    expect(fixture.wishes).toHaveLength(2);
  });

  it('gives it to all who ask while it is carried out', async () => {
    fixture = await openServer();
    const asked = Array.from({ length: 5 }, () => post({ branch: 'slow/a' }, 'k1').then((r) => r));
    await expect.poll(() => fixture.wishes.length).toBe(1);
    const other = await post({ branch: 'slow/b' }, 'k1');
    expect(other.body).toMatchObject({ status: 409, code: 'IDEMPOTENCY_MISMATCH' });
    fixture.release();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    expect(new Set(answers.map(({ text: body }) => body)).size).toBe(1);
    expect(fixture.wishes).toHaveLength(1);
  });

  it('is refused for another request', async () => {
    fixture = await openServer();
    await post({ branch: 'feat/a' }, 'k1');
    const response = await post({ branch: 'feat/b' }, 'k1');
    expect(response.body).toMatchObject({ status: 409, code: 'IDEMPOTENCY_MISMATCH' });
    expect(fixture.wishes).toHaveLength(1);
  });

  it('may be used again after a failure', async () => {
    fixture = await openServer();
    expect((await post({ branch: 'fails/quota' }, 'k1')).status).toBe(429);
    expect((await post({ branch: 'feat/a' }, 'k1')).status).toBe(202);
  });

  it('is 1 to 255 visible characters', async () => {
    fixture = await openServer();
    for (const key of ['', ' ', 'x'.repeat(256), 'ä']) {
      const response = await post({ branch: 'feat/a' }, key);
      expect(response.body).toMatchObject({ status: 400, code: 'USAGE' });
    }
    expect(fixture.wishes).toEqual([]);
  });
});
