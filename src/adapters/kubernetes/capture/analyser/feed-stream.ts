import type { Socket } from 'node:net';

export interface FedStream {
  /** False when these are not the bytes of such a stream. */
  readonly push: (bytes: Uint8Array) => boolean;
  /** Whether its sender has said who it is. */
  readonly isKnown: () => boolean;
  readonly onEnd: () => void;
}

const HELLO_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;

/** Hands a connection's bytes on until it ends. Who says nothing, or nonsense, is sent away. */
export function feedStream(socket: Socket, { push, isKnown, onEnd }: FedStream): void {
  const silence = setTimeout(() => {
    if (!isKnown()) socket.destroy();
  }, HELLO_TIMEOUT_MS);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.on('data', (bytes: Buffer) => {
    if (!push(bytes)) socket.destroy();
  });
  // Its end is all that matters, and comes after this.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(silence);
    onEnd();
  });
}
