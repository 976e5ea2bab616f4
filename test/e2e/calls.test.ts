import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callDocumentSchema } from '../../src/contract/call-document.ts';
import { reportDocumentSchema } from '../../src/contract/report-document.ts';
import { PROGRAM } from '../support/installation.ts';
import { HOSTS, shopRecording } from '../support/shop-recording.ts';
import { ANSWER, captureOf, REQUEST, Wire } from '../support/tcp-wire.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts';

/** `offshoot calls` as people run it, in pipes and on files. */

const ANSWERS = new URL('../fixtures/captures/http-answers.pcap', import.meta.url).pathname;
const COMPONENTS = [
  'gateway: [checkout, accounts]',
  'checkout: [pricing]',
  'pricing: []',
  'accounts: []',
];

let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  await folder.remove();
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], stdin: string | null = null): Promise<Ended> {
  const { PATH, HOME } = process.env;
  const child = spawn(PROGRAM, ['calls', ...args], {
    cwd: folder.path,
    env: { PATH, HOME, OFFSHOOT_HOME: join(folder.path, 'state'), NO_COLOR: '1' },
  });
  if (stdin === null) child.stdin.end();
  else createReadStream(stdin).pipe(child.stdin);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.exitCode ?? once(child, 'close'),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

function written(name: string, content: string | Uint8Array): string {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return path;
}

function catalog(): string {
  const path = join(folder.path, 'catalog');
  mkdirSync(path);
  for (const line of COMPONENTS) {
    const [name = '', dependencies = '[]'] = line.split(': ');
    writeFileSync(
      join(path, `${name}.yaml`),
      `apiVersion: offshoot.dev/v1alpha1\nkind: Component\nmetadata:\n  name: ${name}\n` +
        `spec:\n  type: service\n  source:\n    repository: ${name}.git\n  embedded:\n    command: [node, main.ts]\n` +
        `  dependencies: ${dependencies}\n`,
    );
  }
  return path;
}

describe('offshoot calls decode', () => {
  it('lists the calls of a real recording, out of a file and out of a pipe alike', async () => {
    const file = await run(['decode', ANSWERS, '-o', 'json']);
    const pipe = await run(['decode', '-', '-o', 'json'], ANSWERS);
    expect(file.code).toBe(0);
    expect(pipe).toEqual(file);
    const calls = file.stdout
      .trimEnd()
      .split('\n')
      .map((line) => callDocumentSchema.parse(JSON.parse(line)));
    expect(calls.map(({ operation, errorType }) => [operation, errorType])).toEqual([
      ['GET /cart', null],
      ['GET /orders', '500'],
      ['GET /stream', null],
      ['GET /none', '404'],
      ['POST /items', null],
    ]);
    expect(file.stderr).toBe('5 calls in 21 packets\n');
    const table = await run(['decode', ANSWERS]);
    expect(table.stdout).toMatch(/^ 0\.399 ms {2}server_error .* http GET \/orders/mu);
  });

  it('refuses what is no capture, with 2', async () => {
    const { code, stdout, stderr } = await run(['decode', written('no.pcap', 'no capture at all')]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('CAPTURE_INVALID');
  });

  it('ends quietly when nobody reads on', async () => {
    const wire = new Wire().open();
    for (let call = 0; call < 20_000; call += 1) wire.client(REQUEST).server(ANSWER);
    const file = written('long.pcap', captureOf(wire.packets));
    const child = spawn('sh', ['-c', `"$0" calls decode "$1" -o json | head -n 1`, PROGRAM, file]);
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(callDocumentSchema.parse(JSON.parse(stdout)).operation).toBe('GET /a');
    expect(stderr).not.toMatch(/EPIPE|INTERNAL|at /u);
  });
});

describe('offshoot calls replay', () => {
  it.each([
    ['a file of addresses', false],
    ['the names that were asked for', true],
  ])('names the component that failed, by %s', async (_, asksNames) => {
    const pcap = written('shop.pcap', shopRecording({ asksNames }));
    const hosts = asksNames ? [] : ['--hosts', written('hosts.json', JSON.stringify(HOSTS))];
    const args = ['--pcap', pcap, ...hosts, '-o', 'json', '--catalog', catalog()];
    const { code, stdout, stderr } = await run(['replay', ...args]);
    expect([code, stderr]).toEqual([0, '']);
    const { culprits, edges, breaches } = reportDocumentSchema.parse(JSON.parse(stdout));
    expect(culprits.map(({ component, code: why }) => `${component} ${why}`)).toEqual([
      'pricing http.500',
    ]);
    expect(edges.map(({ from, to, failed }) => `${from} ${to} ${failed}`)).toEqual([
      'checkout pricing 1',
      'gateway accounts 0',
      'gateway checkout 1',
      'test gateway 1',
    ]);
    expect(breaches).toEqual([]);
  });
});
