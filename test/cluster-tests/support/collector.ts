import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { binary } from '../../cluster/binaries.ts';
import { clusterNumbers } from '../../cluster/numbers.ts';

/** A real OpenTelemetry Collector with the OTLP receiver and exporters, on ports of its own. */

export interface Collector {
  readonly grpc: string;
  readonly http: string;
  stop(): Promise<void>;
}

/** Where it sends everything on, three times: gRPC, HTTP with protobuf, HTTP with JSON. */
export interface Sink {
  readonly grpcPort: number;
  readonly httpPort: number;
}

const START_TIMEOUT_MS = 60_000;

export async function startCollector(folder: string, sink: Sink): Promise<Collector> {
  const program = await binary(clusterNumbers(), 'collector', () => undefined);
  const [grpcPort, httpPort] = [await freePort(), await freePort()];
  const configuration = join(folder, 'collector.json');
  await writeFile(configuration, JSON.stringify(configurationOf(grpcPort, httpPort, sink)));
  const child = spawn(program, [`--config=file:${configuration}`], { stdio: 'pipe' });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => (log = `${log}${piece.toString()}`.slice(-20_000)));
  }
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  const http = `http://127.0.0.1:${httpPort}`;
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isThere(http))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the collector does not start:\n${log}`);
    }
  }
  return {
    grpc: `http://127.0.0.1:${grpcPort}`,
    http,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function configurationOf(grpcPort: number, httpPort: number, sink: Sink): object {
  const http = `http://127.0.0.1:${sink.httpPort}`;
  const exporters = {
    otlp: { endpoint: `127.0.0.1:${sink.grpcPort}`, tls: { insecure: true } },
    'otlphttp/protobuf': { endpoint: http },
    'otlphttp/json': { endpoint: http, encoding: 'json' },
  };
  return {
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: `127.0.0.1:${grpcPort}` },
          http: { endpoint: `127.0.0.1:${httpPort}` },
        },
      },
    },
    exporters,
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: { receivers: ['otlp'], exporters: Object.keys(exporters) } },
    },
  };
}

async function isThere(url: string): Promise<boolean> {
  return await fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    () => true,
    () => new Promise((resolve) => void setTimeout(() => resolve(false), 100)),
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => void server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
