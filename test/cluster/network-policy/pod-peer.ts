import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { TCP_PORTS, UDP_PORT } from './scenario-world.ts';

/**
 * Runs in the network of a pod, by `nsenter`, so that no image needs a program for it: answers at the ports of
 * `scenarios.ts`, and connects where a line of its input tells it to. Ends with its
 * input. With `--silent` it only connects.
 */

const requestSchema = z.object({
  id: z.number(),
  protocol: z.enum(['TCP', 'UDP']),
  host: z.string(),
  port: z.number(),
  timeoutMs: z.number(),
});

if (!process.argv.includes('--silent')) await listen();
process.stdout.write('listening\n');

for await (const line of createInterface({ input: process.stdin })) {
  const wanted = requestSchema.parse(JSON.parse(line));
  const reach = wanted.protocol === 'TCP' ? reachTcp : reachUdp;
  void reach(wanted.host, wanted.port, AbortSignal.timeout(wanted.timeoutMs)).then((outcome) =>
    process.stdout.write(`${JSON.stringify({ id: wanted.id, outcome })}\n`),
  );
}
process.exit(0);

/** At all ports of the scenarios. */
async function listen(): Promise<void> {
  for (const port of TCP_PORTS) {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end('here\n');
    });
    server.listen(port, '0.0.0.0');
    await once(server, 'listening');
  }
  const echo = createSocket('udp4');
  echo.on('message', (message, sender) => echo.send(message, sender.port, sender.address));
  echo.bind(UDP_PORT, '0.0.0.0');
  await once(echo, 'listening');
}

/** An answer must come, not only a connection. */
function reachTcp(host: string, port: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('data', () => resolve('connects'));
    socket.once('error', (error) => resolve(error.message));
    signal.addEventListener('abort', () => {
      socket.destroy();
      resolve('times out');
    });
  });
}

function reachUdp(host: string, port: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (outcome: string): void => {
      resolve(outcome);
      if (!signal.aborted) return;
      socket.close();
    };
    socket.once('message', () => end('connects'));
    socket.once('error', (error) => end(error.message));
    signal.addEventListener('abort', () => end('times out'));
    socket.send('?', port, host);
  });
}
