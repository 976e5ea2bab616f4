import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { KubeApi, WatchEvent } from '../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject } from '../../src/adapters/kubernetes/client/kube-object.ts';
import { openKubeApi } from '../../src/adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { testKubeconfig } from './support/test-cluster.ts';

const { configMap, namespace: NAMESPACE, pod: POD } = RESOURCE_TYPES;

const name = `offshoot-client-${randomBytes(4).toString('hex')}`;
const REF = { namespace: name, name: 'speaker' };

/** Any image with a shell; on a node already. */
const IMAGE = process.env['OFFSHOOT_TEST_IMAGE'] ?? 'offshoot.test/busybox:1';

let api: KubeApi;
beforeAll(async () => {
  api = openKubeApi({ kubeconfig: testKubeconfig() });
  await api.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
});
afterAll(async () => {
  await api.delete(NAMESPACE, { name });
  await api.close();
});

function settings(key: string, value: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: name, name: key, labels: { kept: 'yes' } },
    data: { value },
  };
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}

function forever(): AbortSignal {
  return new AbortController().signal;
}

function collector(): { readonly stream: Writable; readonly text: () => string } {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString('utf8');
      done();
    },
  });
  return { stream, text: () => text };
}

describe('the API of a real cluster', () => {
  it('makes, applies, replaces, patches and deletes', async () => {
    const made = await api.create(configMap, settings('a', '1'));
    expect(await errorOf(api.create(configMap, settings('a', '1')))).toMatchObject({
      status: 409,
      reason: 'AlreadyExists',
    });
    const applied = await api.apply(configMap, settings('a', '2'), { force: true });
    expect(await errorOf(api.replace(configMap, made))).toMatchObject({ reason: 'Conflict' });
    await api.replace(configMap, { ...applied, data: { value: '3' } });
    const ref = { namespace: name, name: 'a' };
    await api.patch(configMap, ref, { data: { more: 'größe' } });
    expect(await api.get(configMap, ref)).toMatchObject({ data: { value: '3', more: 'größe' } });
    expect(await api.delete(configMap, ref, { uid: 'another' })).toBe(false);
    expect(await errorOf(api.delete(configMap, ref, { resourceVersion: '1' }))).toMatchObject({
      status: 409,
    });
    expect(await api.delete(configMap, ref)).toBe(true);
    expect(await api.delete(configMap, ref)).toBe(false);
  });

  it('lists in pages, and only metadata when asked to', async () => {
    for (const key of ['p1', 'p2', 'p3', 'p4', 'p5'])
      await api.create(configMap, settings(key, key));
    const query = { namespace: name, labelSelector: 'kept=yes', pageSize: 2 };
    const { items } = await api.list(configMap, query);
    expect(items.map(({ kind, metadata }) => [kind, metadata.name])).toEqual(
      ['p1', 'p2', 'p3', 'p4', 'p5'].map((key) => ['ConfigMap', key]),
    );
    const bare = await api.list(configMap, { ...query, metadataOnly: true });
    expect(bare.items.map(({ kind, data }) => [kind, data])).toEqual(
      items.map(() => ['ConfigMap', undefined]),
    );
  });

  it('watches from a version on, and says when that version is gone', async () => {
    const { resourceVersion } = await api.list(configMap, { namespace: name });
    const stop = new AbortController();
    const seen: WatchEvent[] = [];
    const watching = (async () => {
      const query = { namespace: name, labelSelector: 'kept=yes', resourceVersion };
      for await (const event of api.watch(configMap, query, stop.signal)) {
        seen.push(event);
        if (event.type === 'DELETED') stop.abort();
      }
    })();
    await api.create(configMap, settings('watched', '1'));
    await api.apply(configMap, settings('watched', '2'), { force: true });
    await api.delete(configMap, { namespace: name, name: 'watched' });
    await watching;
    expect(seen.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
      'ADDED watched',
      'MODIFIED watched',
      'DELETED watched',
    ]);
    // Of a kind that was defined later than that, so that also a new cluster does not remember it.
    const ancient = api.watch(RESOURCE_TYPES.environment, { resourceVersion: '1' }, forever());
    expect(await errorOf(ancient[Symbol.asyncIterator]().next())).toMatchObject({ status: 410 });
  });

  it('answers raw requests as they are', async () => {
    const version = await api.request({ method: 'GET', path: '/version' });
    expect(version).toMatchObject({
      status: 200,
      body: { gitVersion: expect.any(String) as string },
    });
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const resourceAttributes = { verb: 'create', resource: 'pods', namespace: name };
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    };
    const review = await api.request({ method: 'POST', path, body });
    expect(review).toMatchObject({ status: 201, body: { status: { allowed: true } } });
    expect(await api.request({ method: 'GET', path: '/no/such/path' })).toMatchObject({
      status: 404,
    });
  });

  it('carries 32 requests at once over connections that are kept', async () => {
    const keys = Array.from({ length: 320 }, (_, index) => `many-${index}`);
    await Promise.all(keys.map((key) => api.apply(configMap, settings(key, key))));
    const { items } = await api.list(configMap, { namespace: name, pageSize: 100 });
    expect(items.filter(({ metadata }) => metadata.name.startsWith('many-'))).toHaveLength(320);
  });
});

describe('a pod of a real cluster', () => {
  beforeAll(async () => {
    const script = 'i=0; while [ $i -lt 5 ]; do echo "line $i größe"; i=$((i+1)); done; sleep 3600';
    await api.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: REF,
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'main',
            image: IMAGE,
            imagePullPolicy: 'IfNotPresent',
            command: ['sh', '-c', script],
          },
        ],
      },
    });
    await vi.waitFor(
      async () => {
        const status = (await api.get(POD, REF))?.['status'] as { readonly phase?: string };
        if (status.phase !== 'Running') throw new Error(JSON.stringify(status));
      },
      { timeout: 120_000, interval: 200 },
    );
  });

  it('tells its log, whole or line by line as it comes', async () => {
    const tail = await api.podLog(REF, { tailLines: 2 });
    expect(tail).toBe('line 3 größe\nline 4 größe\n');
    const stop = new AbortController();
    const lines: string[] = [];
    for await (const line of api.followPodLog(REF, {}, stop.signal)) {
      lines.push(line);
      if (lines.length === 5) stop.abort();
    }
    expect(lines).toEqual([0, 1, 2, 3, 4].map((n) => `line ${n} größe`));
    expect(await errorOf(api.podLog(REF, { container: 'other' }))).toMatchObject({ status: 400 });
  });

  it('runs a command to its exit code, with its input and both outputs', async () => {
    const [out, err] = [collector(), collector()];
    const code = await api.exec(REF, {
      container: 'main',
      command: ['sh', '-c', 'cat; echo oops >&2; exit 7'],
      stdin: Readable.from([Buffer.from('größe\n'), Buffer.from('end')]),
      stdout: out.stream,
      stderr: err.stream,
    });
    expect([code, out.text(), err.text()]).toEqual([7, 'größe\nend', 'oops\n']);
    const streams = { stdout: out.stream, stderr: err.stream };
    expect(await api.exec(REF, { command: ['true'], ...streams })).toBe(0);
    expect(out.stream.writableEnded).toBe(false);
  });

  it('says when a command cannot be run', async () => {
    const streams = { stdout: collector().stream, stderr: collector().stream };
    const nobody = { ...REF, name: 'nobody' };
    expect(await errorOf(api.exec(nobody, { command: ['true'], ...streams }))).toMatchObject({
      status: 404,
    });
    const missing = errorOf(api.exec(REF, { command: ['/no/such/program'], ...streams }));
    expect(await missing).not.toBeNull();
  });
});
