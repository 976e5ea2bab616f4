import { Exec } from '@kubernetes/client-node';
import type { KubeConfig } from '@kubernetes/client-node';
import { statusError } from './answers.ts';
import { isRecord } from './read-object.ts';
import { KubeUnreachableError } from './kube-api.ts';
import type { ExecOptions } from './kube-api.ts';
import type { ObjectRef } from './kube-object.ts';
import { objectPath, withQuery } from './paths.ts';
import { RESOURCE_TYPES } from './resource-types.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const CLOSE = 255;

/** What is used of the library's web socket, whose own types are not installed. */
interface Socket {
  readonly protocol: string;
  addEventListener(event: 'close' | 'error', listener: () => void): void;
  send(bytes: Buffer): void;
  close(): void;
}

/**
 * Runs a command in a container over a web socket of the library; resolves to its exit code. The library's
 * own handling of the streams is left out: it ends streams that are not its own.
 */
export async function execInPod(
  config: KubeConfig,
  ref: ObjectRef,
  options: ExecOptions,
): Promise<number> {
  const { stdin, stdout, stderr, container, command } = options;
  const path = withQuery(objectPath(RESOURCE_TYPES.pod, ref, 'exec'), {
    container,
    command,
    stdout: true,
    stderr: true,
    stdin: stdin !== undefined,
  });
  const ended = Promise.withResolvers<number>();
  const socket = await connected(config, path, (channel, bytes) => {
    if (channel === STDOUT) stdout.write(bytes);
    if (channel === STDERR) stderr.write(bytes);
    if (channel !== STATUS) return true;
    settle(ended, bytes);
    return false;
  });
  socket.addEventListener('close', () => ended.reject(brokenOff(ref)));
  socket.addEventListener('error', () => ended.reject(brokenOff(ref)));
  const stopInput = stdin === undefined ? () => {} : sendInput(socket, stdin);
  try {
    return await ended.promise;
  } finally {
    stopInput();
    socket.close();
  }
}

async function connected(
  config: KubeConfig,
  path: string,
  take: (channel: number, bytes: Buffer) => boolean,
): Promise<Socket> {
  try {
    return await new Exec(config).handler.connect(path, null, take);
  } catch (error) {
    // The web socket's event quotes only the status: `Unexpected server response: 403`.
    const message = isRecord(error) && typeof error['message'] === 'string' ? error['message'] : '';
    const status = Number(/response: (?<status>\d{3})$/u.exec(message)?.groups?.['status'] ?? 0);
    if (status === 0) {
      throw new KubeUnreachableError('the command could not be sent to the API server', error);
    }
    throw statusError({}, { status, retryAfterMs: null });
  }
}

function brokenOff({ name }: ObjectRef): Error {
  return new KubeUnreachableError(`the connection to "${name}" broke off while its command ran`);
}

/** Returns how to stop. */
function sendInput(socket: Socket, stdin: NodeJS.ReadableStream): () => void {
  const onData = (chunk: Buffer | string): void => {
    socket.send(Buffer.concat([Buffer.from([STDIN]), Buffer.from(chunk)]));
  };
  const onEnd = (): void => {
    // Before version 5 of the protocol only the end of everything ends the input.
    if (socket.protocol === 'v5.channel.k8s.io') socket.send(Buffer.from([CLOSE, STDIN]));
  };
  stdin.on('data', onData);
  stdin.on('end', onEnd);
  return () => {
    stdin.off('data', onData);
    stdin.off('end', onEnd);
    stdin.pause();
  };
}

function settle(ended: PromiseWithResolvers<number>, bytes: Buffer): void {
  try {
    const status: unknown = JSON.parse(bytes.toString('utf8'));
    ended.resolve(exitCodeOf(isRecord(status) ? status : {}));
  } catch (error) {
    ended.reject(error);
  }
}

function exitCodeOf(status: Readonly<Record<string, unknown>>): number {
  if (status['status'] === 'Success') return 0;
  const details = isRecord(status['details']) ? status['details'] : {};
  const causes: readonly unknown[] = Array.isArray(details['causes']) ? details['causes'] : [];
  const exit = causes.find((cause) => isRecord(cause) && cause['reason'] === 'ExitCode');
  const code = Number(isRecord(exit) ? exit['message'] : Number.NaN);
  if (Number.isInteger(code)) return code;
  throw statusError(status, { status: 500, retryAfterMs: null });
}
