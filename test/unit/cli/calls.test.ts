import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { encodeSpans } from '../../../src/adapters/otlp/export/encode-spans.ts';
import { callDocumentSchema } from '../../../src/contract/call-document.ts';
import { reportDocumentSchema } from '../../../src/contract/report-document.ts';
import { smallShop } from '../../support/cli-shop.ts';
import { CliStage, type Ran } from '../../support/cli-stage.ts';
import { HOSTS, shopRecording } from '../../support/shop-recording.ts';
import { span } from '../../support/spans.ts';
import { ANSWER, captureOf, REQUEST, Wire } from '../../support/tcp-wire.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

let folder: TemporaryFolder;
let pcap: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  pcap = await written('shop.pcap', shopRecording());
});

afterEach(async () => {
  await folder.remove();
});

async function written(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, content);
  return path;
}

async function run(...args: readonly string[]): Promise<Ran> {
  return await new CliStage({ catalog: smallShop() }).run(['calls', ...args]);
}

describe('offshoot calls decode', () => {
  it('prints one call a line as JSON, in the order in which they ended', async () => {
    const { code, stdout, stderr } = await run('decode', pcap, '-o', 'json');
    const calls = stdout
      .trimEnd()
      .split('\n')
      .map((line) => callDocumentSchema.parse(JSON.parse(line)));
    expect(code).toBe(0);
    expect(calls.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
      'GET /me ok',
      'GET /prices/7 server_error',
      'POST /orders server_error',
      'GET /checkout server_error',
    ]);
    expect(calls[1]).toEqual({
      id: 'c3-0',
      client: '10.9.0.3:40126',
      server: '10.9.0.4:80',
      protocol: 'http',
      operation: 'GET /prices/7',
      startedAt: '2023-11-14T22:13:20.129000Z',
      durationMs: 12,
      outcome: 'server_error',
      errorType: '500',
      reason: '500 X from 10.9.0.4:80 GET /prices/7: division by zero',
      side: 'both',
    });
    expect(stderr).toBe('4 calls in 32 packets\n');
  });

  it('prints a table whose durations are as fine as they are short', async () => {
    const quick = new Wire().open().wait(0.35).client(REQUEST).wait(0.4).server(ANSWER).packets;
    const { stdout } = await run('decode', await written('quick.pcap', captureOf(quick)));
    expect(stdout).toMatch(
      /^ +0\.4 ms {2}ok +10\.0\.0\.9:40000 → 10\.0\.0\.2:8080 +http GET \/a\n$/u,
    );
    const table = await run('decode', pcap);
    expect(table.stdout.split('\n')[3]).toMatch(
      /^ {4}60 ms {2}server_error .* http GET \/checkout {2}\(500 X from 10\.9\.0\.2:80 GET \/checkout\)$/u,
    );
  });

  it('prints YAML documents', async () => {
    const { stdout } = await run('decode', pcap, '-o', 'yaml');
    const calls = parseAllDocuments(stdout).map((each) => callDocumentSchema.parse(each.toJS()));
    expect(calls).toHaveLength(4);
  });

  it('reads standard input where the file is -', async () => {
    const stage = new CliStage({ catalog: smallShop() });
    stage.stdin = Readable.from([shopRecording().subarray(0, 70), shopRecording().subarray(70)]);
    const { code, stdout } = await stage.run(['calls', 'decode', '-', '-o', 'json']);
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 4]);
  });

  it('says what could not be used', async () => {
    const cut = await written('cut.pcap', shopRecording().subarray(0, -10));
    const { code, stderr } = await run('decode', cut);
    expect(code).toBe(0);
    expect(stderr).toContain('warning: the file ends in the middle of a packet');
  });

  it.each([
    ['a text', 'hello, this is no capture', 'CAPTURE_INVALID'],
    ['nothing', '', 'CAPTURE_INVALID'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), 'it is compressed with gzip'],
  ])('refuses %s with 2', async (_, content, text) => {
    const { code, stdout, stderr } = await run('decode', await written('no.pcap', content));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(text);
  });

  it('refuses what cannot be opened with 2', async () => {
    expect((await run('decode', join(folder.path, 'none.pcap'))).stderr).toContain('cannot read');
    const { code, stderr } = await run('decode', folder.path);
    expect([code, stderr.includes('is a folder, not a capture')]).toEqual([2, true]);
  });

  it('stops when it is interrupted', async () => {
    const stage = new CliStage({ catalog: smallShop() });
    stage.interrupt.abort();
    const { code, stdout } = await stage.run(['calls', 'decode', pcap]);
    expect([code, stdout]).toEqual([7, '']);
  });
});

describe('offshoot calls replay', () => {
  it('names the component that failed, by a file of addresses', async () => {
    const hosts = await written('hosts.json', JSON.stringify(HOSTS));
    const { code, stdout } = await run('replay', '--pcap', pcap, '--hosts', hosts, '-o', 'json');
    expect(code).toBe(0);
    const report = reportDocumentSchema.parse(JSON.parse(stdout));
    expect(report.culprits).toMatchObject([
      {
        component: 'pricing',
        code: 'http.500',
        edge: null,
        cases: ['GET /checkout'],
        latencyMs: 12,
      },
    ]);
    expect(report.culprits[0]?.reason).toContain(
      '500 X from pricing GET /prices/7: division by zero',
    );
    expect(report.edges).toContainEqual({
      from: 'checkout',
      to: 'pricing',
      calls: 1,
      failed: 1,
      p50Ms: 12,
      p95Ms: 12,
    });
    expect(report.calls.map(({ client, server }) => `${client} → ${server}`)).toEqual([
      'test → gateway',
      'gateway → checkout',
      'checkout → pricing',
    ]);
  });

  it('finds the names that the callers asked for', async () => {
    const asking = await written('asking.pcap', shopRecording({ asksNames: true }));
    const { stdout } = await run('replay', '--pcap', asking, '-o', 'json');
    const { culprits, verdicts } = reportDocumentSchema.parse(JSON.parse(stdout));
    expect(culprits.map(({ component }) => component)).toEqual(['pricing']);
    const told = Object.fromEntries(verdicts.map((each) => [each.component, each.verdict]));
    expect(told).toMatchObject({
      gateway: 'Impaired',
      checkout: 'Impaired',
      pricing: 'Failing',
      accounts: 'Healthy',
    });
  });

  it('tells a call that left the environment', async () => {
    const away = { ...HOSTS, '10.9.0.6': 'baseline/accounts' };
    const hosts = await written('hosts.json', JSON.stringify(away));
    const { stdout } = await run('replay', '--pcap', pcap, '--hosts', hosts, '-o', 'json');
    expect(reportDocumentSchema.parse(JSON.parse(stdout)).breaches).toEqual([
      { code: 'BASELINE_LEAK', from: 'gateway', to: 'baseline/accounts', evidence: ['c1-0'] },
    ]);
  });

  it('prints the report for people', async () => {
    const hosts = await written('hosts.json', JSON.stringify(HOSTS));
    const { stdout } = await run('replay', '--pcap', pcap, '--hosts', hosts);
    expect(stdout).toContain('✘ replay on replay: failed, 1 of 1 cases failed');
    expect(stdout).toContain('● pricing');
  });

  it('reports on spans alone, and on both', async () => {
    const told = {
      trace: '01',
      attributes: { 'http.request.method': 'GET', 'http.response.status_code': 500 },
    };
    const spans = await written(
      'spans.otlp',
      encodeSpans([
        span({ ...told, kind: 'server', service: 'checkout', id: '01', fromMs: 0, toMs: 50 }),
        span({
          ...told,
          service: 'checkout',
          id: '02',
          parent: '01',
          fromMs: 5,
          toMs: 20,
          attributes: { ...told.attributes, 'server.address': 'pricing' },
        }),
        span({
          ...told,
          kind: 'server',
          service: 'pricing',
          id: '03',
          parent: '02',
          fromMs: 6,
          toMs: 19,
          exception: { message: 'division by zero' },
        }),
      ]),
    );
    const alone = reportDocumentSchema.parse(
      JSON.parse((await run('replay', '--otlp', spans, '-o', 'json')).stdout),
    );
    expect(alone.culprits[0]).toMatchObject({ component: 'pricing' });
    expect(alone.culprits[0]?.reason).toContain('division by zero');
    expect(alone.edges.map(({ from, to, calls }) => `${from} → ${to} ${calls}`)).toEqual([
      'checkout → pricing 1',
      'test → checkout 1',
    ]);
    const hosts = await written('hosts.json', JSON.stringify(HOSTS));
    const both = await run(
      'replay',
      '--pcap',
      pcap,
      '--hosts',
      hosts,
      '--otlp',
      spans,
      '-o',
      'json',
    );
    expect(JSON.parse(both.stdout).culprits[0]).toMatchObject({ component: 'pricing' });
  });

  it.each([
    [['replay'], 'expected "--pcap FILE", "--otlp FILE" or both'],
    [['replay', '--otlp', 'spans.json'], 'cannot read "spans.json"'],
  ])('refuses %j with 2', async (args, text) => {
    const { code, stderr } = await run(...args);
    expect([code, stderr.includes(text)]).toEqual([2, true]);
  });

  it.each(['no JSON', '["cart"]', '{"10.0.0.1": 7}'])('refuses hosts like %j', async (content) => {
    const hosts = await written('hosts.json', content);
    const { code, stderr } = await run('replay', '--pcap', pcap, '--hosts', hosts);
    expect([code, stderr.includes('cannot read hosts from')]).toEqual([2, true]);
  });
});
