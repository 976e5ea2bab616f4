import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  startAnalyser,
  type Analyser,
} from '../../../src/adapters/kubernetes/capture/analyser/analyser.ts';
import {
  serveCalls,
  type CallsServer,
} from '../../../src/adapters/kubernetes/capture/analyser/serve-calls.ts';
import { proveHandshake } from '../../../src/adapters/tls/prove-handshake.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';
import { openDecoding } from './taps.ts';

/** The script of the tap's image, run here by bash; only `dumpcap` is one that captures nothing. */

const CERTIFICATES = join(import.meta.dirname, '../../fixtures/certificates');
const TAP = join(import.meta.dirname, '../../cluster/images/bases/tap/tap');

let folder: TemporaryFolder;
let tap: ChildProcess;
const servers: Server[] = [];
beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, 'bin'));
  const script = '#!/bin/sh\nexec sleep 600\n';
  await writeFile(join(folder.path, 'bin', 'dumpcap'), script, { mode: 0o755 });
});
afterEach(async () => {
  const isOver = new Promise((resolve) => tap.once('exit', resolve));
  tap.kill('SIGTERM');
  await isOver;
  for (const server of servers.splice(0)) server.close();
  await folder.remove();
});

function startTap(port: number): void {
  tap = spawn('bash', [TAP], {
    cwd: folder.path,
    stdio: 'ignore',
    env: {
      PATH: `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}`,
      TMPDIR: folder.path,
      ANALYSER_HOST: '127.0.0.1',
      ANALYSER_PORT: String(port),
      POD_UID: 'uid-of-gateway',
      POD_IPS: '127.0.0.1',
      TAP_FACTS: '{"component":"gateway","probes":[]}',
      SNAP_BYTES: '1000',
    },
  });
}

async function listening(
  onSocket: (socket: Socket) => void = () => undefined,
  server: Server = createServer(onSocket),
): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function closedPort(): Promise<number> {
  const port = await listening();
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return port;
}

describe('the tap of a pod', { timeout: 60_000 }, () => {
  let analyser: Analyser;
  let server: CallsServer;
  beforeEach(async () => {
    const nowMs = (): number => Date.now();
    analyser = await startAnalyser({
      openDecoding,
      proveHandshake,
      nowUs: () => nowMs() * 1_000,
      port: 0,
    });
    server = await serveCalls(analyser, { port: 0, nowMs });
  });
  afterEach(async () => {
    await server.close();
    await analyser.close();
  });

  it('finds out what can be reached from where it is', async () => {
    startTap(analyser.port);
    await expect.poll(() => analyser.tapCount, { timeout: 30_000 }).toBe(1);
    const open = await listening();
    const targets = [`127.0.0.1:${open}`, `127.0.0.1:${await closedPort()}`, 'nowhere.invalid:80'];
    const query = targets.map((target) => `&to=${target}`).join('');
    const response = await fetch(`http://127.0.0.1:${server.port}/wiring?from=gateway${query}`);
    expect(await response.json()).toEqual({ words: ['ok', 'refused', 'dns'] });
    expect(analyser.tapCount).toBe(1);
  });
});

describe('the tap of a pod whose calls are encrypted', { timeout: 60_000 }, () => {
  it('leads the analyser to where it can shake hands', async () => {
    const nowMs = (): number => Date.now();
    const analyser = await startAnalyser({
      openDecoding,
      proveHandshake,
      nowUs: () => nowMs() * 1_000,
      port: 0,
    });
    const server = await serveCalls(analyser, { port: 0, nowMs });
    startTap(analyser.port);
    await expect.poll(() => analyser.tapCount, { timeout: 30_000 }).toBe(1);
    const pem = (name: string): Buffer => readFileSync(join(CERTIFICATES, `${name}.pem`));
    const secured = createTlsServer({ key: pem('key'), cert: pem('payment') });
    const ports = [
      await listening(() => undefined, secured),
      await listening((socket) => void socket.on('error', () => undefined).end('hello\r\n')),
      await closedPort(),
    ];
    const query = ports.map((port) => `&to=127.0.0.1:${port}/spoken`).join('');
    const named = `&to=127.0.0.1:${ports[0]}/by-name`;
    const response = await fetch(
      `http://127.0.0.1:${server.port}/wiring?from=gateway${query}${named}`,
    );
    expect(await response.json()).toEqual({ words: ['ok', 'tls-plain', 'refused', 'tls-name'] });
    await server.close();
    await analyser.close();
  });
});

describe('a tap that is asked by nobody knows whom', { timeout: 60_000 }, () => {
  it('answers what is a question, and does nothing else that it is told', async () => {
    const open = await listening();
    const questions = [
      `prove ab $(touch\${IFS}told) ${open}`,
      `prove ab ;touch told ${open}`,
      `prove ab -h ${open}`,
      `prove ab 127.0.0.1 ${open}/../x`,
      `prove ab 127.0.0.1 ${open} more`,
      `prove ab 127.0.0.1 ${open} tls more`,
      `prove xyz 127.0.0.1 ${open}`,
      'touch told',
      `prove ab ${'a'.repeat(100_000)} ${open}`,
      '',
      `prove abcdef 127.0.0.1 ${open}`,
    ];
    const answers: string[] = [];
    const port = await listening((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => {
        const line = bytes.toString();
        if (line.startsWith('OFFSHOOT-TAP/1 ')) socket.write(`${questions.join('\n')}\n`);
        else answers.push(line);
      });
    });
    startTap(port);
    await expect.poll(() => answers.at(-1), { timeout: 30_000 }).toBeDefined();
    expect(answers).toEqual(['OFFSHOOT-PROOF/1 abcdef ok\n']);
    expect(await readdir(folder.path)).not.toContain('told');
  });
});
