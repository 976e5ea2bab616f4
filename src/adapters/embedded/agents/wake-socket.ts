import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * The bell at the door of an agent: a Unix socket on which a wake-up is one line, answered by one line.
 * It carries no data. What is wanted is in the state database; a lost wake-up costs time, never work.
 */

const WAKE = 'wake\n';
const AWAKE = 'awake\n';
const ANSWER_TIMEOUT_MS = 2_000;
/** Of `sockaddr_un.sun_path`: 104 on macOS, 108 on Linux. */
const PATH_LENGTH_MAX = 100;

/** In the state folder, or, where that path is too long for a socket, in a private folder for temporary files. */
export function socketPathOf(home: string, environment: string): string {
  const name = `${createHash('sha256').update(`${home}\0${environment}`).digest('hex').slice(0, 16)}.sock`;
  const inHome = join(home, 'run', name);
  if (inHome.length <= PATH_LENGTH_MAX) return inHome;
  return join(tmpdir(), `offshoot-${userInfo().uid}`, name);
}

/** Listens for wake-ups until the returned function is called. Only the holder of the lease may call this. */
export async function listenForWakes(
  path: string,
  onWake: () => void,
): Promise<() => Promise<void>> {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      onWake();
      socket.end(AWAKE);
    });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      rmSync(path, { force: true });
    });
}

/** True when a living agent answered. */
export function sendWake(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const finish = (isAwake: boolean): void => {
      socket.destroy();
      resolve(isAwake);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('close', () => resolve(false));
    socket.once('data', (answer) => finish(answer.toString() === AWAKE));
    socket.once('connect', () => socket.write(WAKE));
  });
}
