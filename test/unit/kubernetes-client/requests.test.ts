import { writeFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import {
  KubeApiError,
  KubeUnreachableError,
} from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import { cutLine, failure, noAnswer } from '../../support/api-server/api-server.ts';
import { clientStage, errorOf } from './stage.ts';

const { configMap, environment, deployment } = RESOURCE_TYPES;
const REF = { namespace: 'shop', name: 'settings' };
const OBJECT = { apiVersion: 'v1', kind: 'ConfigMap', metadata: REF };
const BUSY = failure(429, 'TooManyRequests', 'slow down');
const BROKEN = failure(500, 'InternalError', 'oops');
const FOUND = { status: 200, body: OBJECT };

const { server, api } = clientStage();

describe('a request', () => {
  it('goes to the path of its type, with the token of the kubeconfig', async () => {
    server().script(FOUND);
    expect(await api().get(configMap, REF)).toEqual(OBJECT);
    await api().get(deployment, { namespace: 'a b', name: 'x/y' });
    await api().get(environment, { name: 'coupon' });
    expect(server().seen.map(({ path }) => path)).toEqual([
      '/api/v1/namespaces/shop/configmaps/settings',
      '/apis/apps/v1/namespaces/a%20b/deployments/x%2Fy',
      '/apis/offshoot.dev/v1alpha1/environments/coupon',
    ]);
    expect(server().seen[0]?.headers.authorization).toBe('Bearer open-sesame');
  });

  it('for what is not there is answered by null, not by an error', async () => {
    server().script(failure(404, 'NotFound', 'configmaps "settings" not found'));
    expect(await api().get(configMap, REF)).toBeNull();
    expect(await api().delete(configMap, REF)).toBe(false);
    expect(server().seen).toHaveLength(2);
  });

  it('applies as the field manager of Offshoot, with force and dry run as asked', async () => {
    server().script(FOUND);
    await api().apply(configMap, OBJECT, { force: true, dryRun: true, subresource: 'status' });
    const [seen] = server().seen;
    expect(seen?.method).toBe('PATCH');
    expect(seen?.path).toMatch(/\/settings\/status$/u);
    expect(Object.fromEntries(seen?.query ?? [])).toEqual({
      fieldManager: 'offshoot',
      force: 'true',
      dryRun: 'All',
    });
    expect(seen?.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(JSON.parse(seen?.body ?? '')).toEqual(OBJECT);
  });

  it('deletes in the background, only the object of that uid and version', async () => {
    server().script({ status: 200 });
    expect(await api().delete(configMap, REF, { uid: 'u', resourceVersion: '7' })).toBe(true);
    expect(JSON.parse(server().seen[0]?.body ?? '')).toMatchObject({
      propagationPolicy: 'Background',
      preconditions: { uid: 'u', resourceVersion: '7' },
    });
  });

  it('keeps its connection for the next one', async () => {
    const ports = new Set<number | undefined>();
    server().script((response) => {
      ports.add(response.socket?.remotePort);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(OBJECT));
    });
    const client = api();
    for (let n = 0; n < 5; n += 1) await client.get(configMap, REF);
    expect(ports.size).toBe(1);
  });
});

describe('a list', () => {
  it('is read in pages, its items with the kind that the API leaves out', async () => {
    const page = (name: string, rest?: string): object => ({
      metadata: { resourceVersion: '9', continue: rest },
      items: [{ metadata: { name } }],
    });
    server().script({ status: 200, body: page('a', 'next') }, { status: 200, body: page('b') });
    const list = await api().list(configMap, {
      namespace: 'shop',
      pageSize: 1,
      labelSelector: 'a=b',
    });
    expect(list.resourceVersion).toBe('9');
    expect(list.items.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'ConfigMap a',
      'ConfigMap b',
    ]);
    expect(server().seen.map(({ query }) => query.get('continue'))).toEqual([null, 'next']);
    expect(server().seen.every(({ query }) => query.get('labelSelector') === 'a=b')).toBe(true);
  });

  it('whose rest has expired is read once more in one piece', async () => {
    const first = { metadata: { resourceVersion: '1', continue: 'old' }, items: [] };
    const whole = { metadata: { resourceVersion: '2' }, items: [{ metadata: { name: 'a' } }] };
    server().script(
      { status: 200, body: first },
      failure(410, 'Expired', 'the continue parameter is too old'),
      { status: 200, body: whole },
    );
    const list = await api().list(configMap);
    expect(list).toMatchObject({ resourceVersion: '2', items: [{ metadata: { name: 'a' } }] });
    expect(server().seen.at(-1)?.query.has('limit')).toBe(false);
  });
});

describe('a request that fails', () => {
  it('is repeated when repeating it does no harm', async () => {
    server().script(BROKEN, cutLine, BUSY, FOUND);
    expect(await api().apply(configMap, OBJECT)).toEqual(OBJECT);
    expect(server().seen).toHaveLength(4);
  });

  it('is not repeated for ever', async () => {
    server().script(BROKEN);
    const error = await errorOf(api().get(configMap, REF));
    expect(error).toBeInstanceOf(KubeApiError);
    expect(error).toMatchObject({ status: 500, reason: 'InternalError', message: 'oops' });
    expect(server().seen).toHaveLength(5);
  });

  it('to create something is repeated only when it certainly was not carried out', async () => {
    server().script(BUSY, BUSY, { status: 201, body: OBJECT });
    await api().create(configMap, OBJECT);
    expect(server().seen).toHaveLength(3);
    server().script(cutLine);
    expect(await errorOf(api().create(configMap, OBJECT))).toBeInstanceOf(KubeUnreachableError);
    server().script(BROKEN);
    expect(await errorOf(api().create(configMap, OBJECT))).toMatchObject({ status: 500 });
    expect(server().seen).toHaveLength(5);
  });

  it('waits as long as the server asks, up to a limit', async () => {
    server().script({ status: 429, headers: { 'retry-after': '1' } }, FOUND);
    const startMs = performance.now();
    await api({ pauseMaxMs: 200 }).get(configMap, REF);
    const tookMs = performance.now() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(200);
    expect(tookMs).toBeLessThan(1_000);
  });

  it('says nothing of conflicts and refusals but what the server said', async () => {
    server().script(failure(409, 'Conflict', 'the object has been modified'));
    expect(await errorOf(api().replace(configMap, OBJECT))).toMatchObject({ status: 409 });
    server().script(failure(403, 'Forbidden', 'you may not'));
    expect(await errorOf(api().get(configMap, REF))).toMatchObject({ reason: 'Forbidden' });
    expect(server().seen).toHaveLength(2);
  });

  it('ends when no answer comes in time', async () => {
    server().script(noAnswer);
    const error = await errorOf(api({ attemptMs: 50, requestMs: 300 }).get(configMap, REF));
    expect(error).toBeInstanceOf(KubeUnreachableError);
    expect(server().seen.length).toBeGreaterThan(1);
  });

  it('ends with the signal of who asked, or when the client is closed', async () => {
    server().script(noAnswer);
    const client = api({ attemptMs: 60_000 });
    const asked = new AbortController();
    const first = errorOf(client.get(configMap, REF, asked.signal));
    asked.abort(new Error('not needed any more'));
    expect((await first).message).toBe('not needed any more');
    const second = errorOf(client.get(configMap, REF));
    await client.close();
    expect((await second).message).toContain('closed');
  });

  it('counts a deletion as its own when the answer to the first try was lost', async () => {
    server().script(cutLine, failure(404, 'NotFound', 'gone'));
    expect(await api().delete(configMap, REF)).toBe(true);
  });

  it('answers larger than the limit are no answers', async () => {
    server().script({ status: 200, body: { ...OBJECT, data: { a: 'x'.repeat(5_000) } } });
    const error = await errorOf(api({ answerBytes: 1_000, triesMax: 1 }).get(configMap, REF));
    expect(error.message).toContain('larger than 1000 bytes');
  });
});

describe('credentials', () => {
  it('are read again when they are refused, once for each try', async () => {
    const client = api();
    server().script(FOUND);
    await client.get(configMap, REF);
    await server().writeKubeconfig({ token: 'rotated' });
    server().script(failure(401, 'Unauthorized', 'Unauthorized'), FOUND);
    expect(await client.get(configMap, REF)).toEqual(OBJECT);
    expect(server().seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer open-sesame',
      'Bearer open-sesame',
      'Bearer rotated',
    ]);
    server().script(failure(401, 'Unauthorized', 'Unauthorized'));
    expect(await errorOf(client.get(configMap, REF))).toMatchObject({ status: 401 });
    expect(server().seen).toHaveLength(5);
  });

  it('may come from a program', async () => {
    const status = { token: 'from-a-program' };
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status,
    };
    const command = { command: 'echo', args: [JSON.stringify(credential)] };
    await server().writeKubeconfig({ exec: { apiVersion: credential.apiVersion, ...command } });
    server().script(FOUND);
    await api().get(configMap, REF);
    expect(server().seen[0]?.headers.authorization).toBe('Bearer from-a-program');
  });

  it('are never in a message, whatever goes wrong', async () => {
    const secret = 'token-that-nobody-may-see';
    await server().writeKubeconfig({
      exec: { command: 'sh', args: ['-c', `echo ${secret} >&2; exit 1`], apiVersion: 'v1' },
    });
    const refused = await errorOf(api().get(configMap, REF));
    expect(refused).toMatchObject({ status: 401 });
    await server().writeKubeconfig({ token: secret });
    server().script(cutLine);
    const cut = await errorOf(api({ triesMax: 1 }).get(configMap, REF));
    await writeFile(server().kubeconfig, `users: [${secret}: {`);
    const unreadable = await errorOf(Promise.resolve().then(() => api()));
    for (const error of [refused, cut, unreadable]) {
      expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain(
        secret,
      );
    }
  });

  it('of a context that is not there are an operation error with those there are', async () => {
    const { kubeconfig } = server();
    const error = await errorOf(
      Promise.resolve().then(() => openKubeApi({ kubeconfig, context: 'production' })),
    );
    expect(error).toBeInstanceOf(OperationError);
    expect(error).toMatchObject({ code: 'CLUSTER_CONTEXT_UNKNOWN' });
    expect(error.message).toContain('no usable context "production"; it has "test"');
    expect(() => openKubeApi({ kubeconfig: '/no/such/file' })).toThrow('cannot be read (ENOENT)');
  });

  it('are not made up where there is no kubeconfig at all', () => {
    vi.stubEnv('KUBECONFIG', '');
    vi.stubEnv('HOME', '/no/such/home');
    try {
      expect(() => openKubeApi()).toThrow('there is no kubeconfig');
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
