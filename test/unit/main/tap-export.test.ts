import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { spansInProtobuf } from '../../../src/adapters/otlp/encoding/trace-protobuf.ts';
import { createLogger } from '../../../src/adapters/telemetry/logger.ts';
import type { Call } from '../../../src/domain/calls/call.ts';
import { openTapExport, type TapExport } from '../../../src/main/tap-export.ts';
import { callsOf } from '../../support/call-story.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

/** An analyser that hands calls on, to a server that writes down what it is sent. */

const OPTIONS = { tapPort: 0, callsPort: 0, otlpGrpcPort: 0, otlpHttpPort: 0, otlpHost: '' };
const NAMES = {
  environment: 'coupon',
  namespace: 'shop-coupon',
  prefix: 'shop-',
  clusterDomain: 'cluster.invalid',
  baselineNamespaces: [],
  services: [],
};
const PEERS = {
  pods: [
    { address: '10.1.0.1', component: 'gateway', fromUs: 0 },
    { address: '10.1.0.2', component: 'cart', fromUs: 0 },
  ],
  asked: [],
  dropped: 0,
};

let folder: TemporaryFolder;
let server: Server;
let endpoint: string;
let requests: { readonly headers: object; readonly spans: readonly string[] }[];
beforeEach(async () => {
  folder = await temporaryFolder();
  requests = [];
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => void pieces.push(piece));
    request.on('end', () => {
      const batch = spansInProtobuf(gunzipSync(Buffer.concat(pieces)));
      const spans = (batch?.spans ?? []).map(
        ({ resource, attributes, name }) =>
          `${resource.get('deployment.environment.name')}: ${resource.get('service.name')} → ${attributes.get('peer.service')} ${name}`,
      );
      requests.push({ headers: request.headers, spans });
      response.end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
  await folder.remove();
});

async function opened(files: Readonly<Record<string, string>>): Promise<TapExport | null> {
  const exportFolder = join(folder.path, 'handing-on');
  await mkdir(exportFolder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(exportFolder, name), text);
  const options = { ...OPTIONS, exportEndpoint: endpoint, exportFolder };
  return await openTapExport(options, () => PEERS, createLogger({ name: 'test' }));
}

function bothEnds(): readonly Call[] {
  const [call] = callsOf('gateway → cart 200 GET /items');
  if (call === undefined) throw new Error('no call');
  const seen = { ...call, client: '10.1.0.1:40000' };
  return [
    { ...seen, id: 'c', side: 'client', server: '10.96.0.1:80' },
    { ...seen, id: 's', side: 'server', server: '10.1.0.2:8080' },
  ];
}

it('hands each call on once, by names, with the headers of its file', async () => {
  const tap = await opened({
    'names.json': JSON.stringify(NAMES),
    headers: 'api-key=7,other=a%20b',
  });
  for (const record of bothEnds()) tap?.record(record);
  await tap?.close();
  expect(requests).toMatchObject([
    {
      headers: { 'api-key': '7', other: 'a b' },
      spans: ['coupon: gateway → cart GET /items'],
    },
  ]);
  expect([tap?.sent, tap?.dropped]).toEqual([1, 0]);
});

it('takes the headers as they are when it sends', async () => {
  const files = { 'names.json': JSON.stringify(NAMES), headers: 'api-key=old' };
  const tap = await opened(files);
  await opened({ ...files, headers: 'api-key=new' }).then((other) => other?.close());
  for (const record of bothEnds()) tap?.record(record);
  await tap?.close();
  expect(requests).toMatchObject([{ headers: { 'api-key': 'new' } }]);
});

it('needs no headers', async () => {
  const tap = await opened({ 'names.json': JSON.stringify(NAMES) });
  for (const record of bothEnds()) tap?.record(record);
  await tap?.close();
  expect(requests).toHaveLength(1);
});

it('hands nothing on without names, nor where it is not told to', async () => {
  expect(await opened({})).toBeNull();
  const log = createLogger({ name: 'test' });
  expect(await openTapExport(OPTIONS, () => PEERS, log)).toBeNull();
});
