import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

/** The script of the capturer of a node, run here by bash; only `dumpcap` is one that says what it was asked for. */

const SCRIPT = join(import.meta.dirname, '../../../charts/offshoot/files/tap-node');
const WITHIN = { timeout: 30_000 };

let folder: TemporaryFolder;
let capturer: ChildProcess;
let server: Server;
let port = 0;
/** One for each connection, with what it said. */
const heard: { socket: Socket; text: string }[] = [];
/** What it is told. */
let pods = '';

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, 'bin'));
  const dumpcap = '#!/bin/sh\necho "$*" >>"$TMPDIR/asked"\necho PACKETS\nexec sleep 600\n';
  await writeFile(join(folder.path, 'bin', 'dumpcap'), dumpcap, { mode: 0o755 });
  for (const [name, index, other] of [
    ['lo', 1, 1],
    ['eth0', 2, 2],
    ['tunl0', 3, 0],
    ['veth5', 5, 2],
    ['veth7', 7, 2],
  ] as const) {
    const path = join(folder.path, 'interfaces', name);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'ifindex'), `${index}\n`);
    await writeFile(join(path, 'iflink'), `${other}\n`);
  }
  [heard.length, pods] = [0, ''];
  server = createServer((socket) => {
    const told = { socket, text: '' };
    heard.push(told);
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (part: string) => (told.text += part));
    socket.write(`pods ${pods}\n`);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' ? (address?.port ?? 0) : 0;
});
afterEach(async () => {
  const isOver = new Promise((resolve) => capturer.once('exit', resolve));
  capturer.kill('SIGTERM');
  await isOver;
  for (const { socket } of heard) socket.destroy();
  server.close();
  await folder.remove();
});

function start(): void {
  capturer = spawn('bash', [SCRIPT], {
    cwd: folder.path,
    stdio: 'ignore',
    env: {
      PATH: `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}`,
      TMPDIR: folder.path,
      INTERFACES: join(folder.path, 'interfaces'),
      ANALYSER_HOST: '127.0.0.1',
      ANALYSER_PORT: String(port),
      NODE_NAME: 'one',
      SNAP_BYTES: '1000',
    },
  });
}

function asked(): Promise<string> {
  return readFile(join(folder.path, 'asked'), 'utf8').catch(() => '');
}

describe('the capturer of a node', { timeout: 60_000 }, () => {
  it('asks whose packets it is to send, and sends those with the interfaces that lead into pods', async () => {
    pods = '10.1.0.5 fd00::5';
    start();
    await expect
      .poll(() => heard[0]?.text, WITHIN)
      .toBe('OFFSHOOT-NODE/1 one\nends 5,7\nPACKETS\n');
    expect(await asked()).toMatch(
      /-p -i any -y LINUX_SLL2 .*-f \(host 10\.1\.0\.5 or host fd00::5\) and \(tcp or /u,
    );
  });

  it('takes nothing but addresses from who tells it', async () => {
    pods = '10.1.0.5 or $(reboot) -w /etc/passwd';
    start();
    await expect.poll(asked, WITHIN).toContain('-f (host 10.1.0.5) and (tcp');
  });

  it('captures nothing where there is nobody, until it is told anew', async () => {
    start();
    await expect.poll(() => heard[0]?.text, WITHIN).toBe('OFFSHOOT-NODE/1 one\n');
    expect(await asked()).toBe('');
    pods = '10.1.0.6';
    heard[0]?.socket.end();
    await expect.poll(asked, WITHIN).toContain('-f (host 10.1.0.6) and');
    expect(heard[1]?.text).toContain('OFFSHOOT-NODE/1 one\n');
  });

  it('begins anew with others when the analyser ends the connection', async () => {
    pods = '10.1.0.5';
    start();
    await expect.poll(() => heard[0]?.text, WITHIN).toContain('PACKETS');
    pods = '10.1.0.6';
    heard[0]?.socket.end();
    await expect.poll(asked, WITHIN).toContain('10.1.0.6');
    await expect.poll(() => heard[1]?.text, WITHIN).toContain('PACKETS');
  });
});
