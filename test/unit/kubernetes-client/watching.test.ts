import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { failure, noAnswer } from '../../support/api-server/api-server.ts';
import type { Scripted } from '../../support/api-server/api-server.ts';
import { clientStage, errorOf } from './stage.ts';

const { pod } = RESOURCE_TYPES;
const QUERY = { resourceVersion: '41' };
const forever = (): AbortSignal => new AbortController().signal;

const { server, api } = clientStage();

function line(type: string, name: string, more: object = {}): string {
  return `${JSON.stringify({ type, object: { metadata: { name, ...more } } })}\n`;
}

/** Answers with these pieces, one after another, and then ends, or goes on being silent. */
function stream(pieces: readonly (string | Uint8Array)[], end: 'end' | 'cut' | 'stay'): Scripted {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const send = (index: number): void => {
      const piece = pieces[index];
      if (piece !== undefined) {
        response.write(piece, () => setTimeout(() => send(index + 1), 5));
      } else if (end === 'end') response.end();
      else if (end === 'cut') response.destroy();
    };
    send(0);
  };
}

async function all(events: AsyncIterable<WatchEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { type, object } of events) seen.push(`${type} ${object.metadata.name}`);
  return seen;
}

describe('a watch', () => {
  it('asks for bookmarks and a time, and tells changes until the server ends it', async () => {
    const lines = [line('ADDED', 'a'), line('MODIFIED', 'b') + line('DELETED', 'c')];
    server().script(stream(lines, 'end'));
    const query = { ...QUERY, namespace: 'shop', labelSelector: 'a=b' };
    expect(await all(api().watch(pod, query, forever()))).toEqual([
      'ADDED a',
      'MODIFIED b',
      'DELETED c',
    ]);
    const [seen] = server().seen;
    expect(seen?.path).toBe('/api/v1/namespaces/shop/pods');
    expect(Object.fromEntries(seen?.query ?? [])).toMatchObject({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '41',
      labelSelector: 'a=b',
    });
    expect(Number(seen?.query.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
  });

  it('puts together what chunks tear apart, characters too', async () => {
    const bytes = Buffer.from(line('ADDED', 'größe-😀') + line('ADDED', 'b'));
    const torn = Array.from({ length: Math.ceil(bytes.length / 3) }, (_, index) =>
      bytes.subarray(index * 3, index * 3 + 3),
    );
    server().script(stream(torn, 'end'));
    expect(await all(api().watch(pod, QUERY, forever()))).toEqual(['ADDED größe-😀', 'ADDED b']);
  });

  it('gives bookmarks their resource version, though they have no name', async () => {
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '99' } } };
    server().script(stream([`${JSON.stringify(bookmark)}\n`], 'end'));
    for await (const { object } of api().watch(pod, QUERY, forever())) {
      expect(object).toMatchObject({ kind: 'Pod', metadata: { resourceVersion: '99' } });
    }
    expect.assertions(1);
  });

  it('ends, with what came whole, when it is cut in the middle of an object', async () => {
    server().script(stream([line('ADDED', 'a'), '{"type":"ADDED","obj'], 'cut'));
    expect(await all(api().watch(pod, QUERY, forever()))).toEqual(['ADDED a']);
    server().script(stream([line('ADDED', 'a'), '{"type":"ADDED","obj'], 'end'));
    expect(await all(api().watch(pod, QUERY, forever()))).toEqual(['ADDED a']);
  });

  it('throws that its version is gone, at its beginning and in its middle', async () => {
    server().script(failure(410, 'Expired', 'too old resource version'));
    expect(await errorOf(all(api().watch(pod, QUERY, forever())))).toMatchObject({ status: 410 });
    const gone = { type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'too old' } };
    server().script(stream([line('ADDED', 'a'), `${JSON.stringify(gone)}\n`], 'stay'));
    expect(await errorOf(all(api().watch(pod, QUERY, forever())))).toMatchObject({
      status: 410,
      reason: 'Expired',
    });
  });

  it('ends when the line is silent for longer than bookmarks are apart', async () => {
    server().script(stream([line('ADDED', 'a')], 'stay'));
    const startMs = performance.now();
    expect(await all(api({ silenceMs: 300 }).watch(pod, QUERY, forever()))).toEqual(['ADDED a']);
    expect(performance.now() - startMs).toBeLessThan(1_500);
  });

  it('fails when it does not even begin', async () => {
    server().script(noAnswer);
    const watch = api({ attemptMs: 100 }).watch(pod, QUERY, forever());
    expect((await errorOf(all(watch))).message).toContain('did not answer in time');
  });

  it('ends with its signal, and gives its line back', async () => {
    let isClosed = false;
    server().script((response) => {
      response.on('close', () => (isClosed = true));
      response.writeHead(200);
      response.write(line('ADDED', 'a'));
    });
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { object } of api().watch(pod, QUERY, stop.signal)) {
      seen.push(object.metadata.name);
      stop.abort();
    }
    expect(seen).toEqual(['a']);
    await expect.poll(() => isClosed).toBe(true);
  });

  it('refuses an object that is larger than any may be', async () => {
    server().script(stream([line('ADDED', 'x'.repeat(2_000))], 'end'));
    const watch = api({ objectBytes: 1_000 }).watch(pod, QUERY, forever());
    expect(await errorOf(all(watch))).toMatchObject({ status: 413 });
  });
});

describe('the log of a pod', () => {
  const REF = { namespace: 'shop', name: 'cart' };

  it('is asked for as wanted', async () => {
    server().script((response) => response.end('one\ntwo\n'));
    const log = await api().podLog(REF, { container: 'main', tailLines: 2, previous: true });
    expect(log).toBe('one\ntwo\n');
    expect(server().seen[0]?.path).toBe('/api/v1/namespaces/shop/pods/cart/log');
    expect(Object.fromEntries(server().seen[0]?.query ?? [])).toEqual({
      container: 'main',
      tailLines: '2',
      previous: 'true',
    });
  });

  it('comes line by line when it is followed; a line that is too long comes in pieces', async () => {
    server().script(stream(['one\ntw', 'o\n\n', 'x'.repeat(25), '\nend'], 'end'));
    const lines: string[] = [];
    const client = api({ logLineBytes: 10 });
    for await (const text of client.followPodLog(REF, {}, forever())) lines.push(text);
    expect(lines).toEqual(['one', 'two', '', 'x'.repeat(10), 'x'.repeat(10), 'xxxxx', 'end']);
  });
});
