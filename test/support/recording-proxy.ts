import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { joinBytes } from './packets.ts';
import { captureOf, Wire } from './tcp-wire.ts';

/**
 * Stands between real programs and writes down what goes through it, as a recorder of packets would;
 * tests may not record packets themselves. The order is what happened, the clock is not.
 */
export interface RecordingProxy {
  readonly port: number;
  /** A capture file of all connections, one after another. */
  capture(): Uint8Array;
  close(): Promise<void>;
}

const SEGMENT_BYTES = 1_400;
const FIRST_PORT = 40_000;

export async function recordingProxy(targetPort: number): Promise<RecordingProxy> {
  const wires: Wire[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const wire = new Wire({
      client: { ip: '10.0.0.9', port: FIRST_PORT + wires.length },
      startMs: wires.length * 60_000,
    }).open();
    wires.push(wire);
    const target = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, target]) sockets.add(socket);
    pass(client, target, wire, 'client');
    pass(target, client, wire, 'server');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    capture: () => joinBytes(captureOf(wires.flatMap(({ packets }) => packets))),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function pass(from: Socket, to: Socket, wire: Wire, side: 'client' | 'server'): void {
  from.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
      wire.send(side, 'PA', { payload: new Uint8Array(bytes.subarray(at, at + SEGMENT_BYTES)) });
    }
    to.write(bytes);
  });
  from.on('end', () => {
    wire.send(side, 'FA');
    to.end();
  });
  from.on('error', () => {
    wire.send(side, 'RA');
    to.resetAndDestroy();
  });
}
