import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { temporaryFolder } from '../temporary-folder.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What is answered: a status with JSON, or whatever a function does with the line. */
export type Scripted =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | ((response: ServerResponse, request: SeenRequest) => void);

export interface ApiServer {
  readonly port: number;
  /** Path of a kubeconfig whose user has the token. */
  readonly kubeconfig: string;
  readonly seen: readonly SeenRequest[];
  /** Answers of the next requests, in order; the last one stays. */
  script(...answers: readonly Scripted[]): void;
  writeKubeconfig(user: object): Promise<void>;
  close(): Promise<void>;
}

/** A real HTTP server that answers by a script. It knows nothing of Kubernetes. */
export async function startApiServer(): Promise<ApiServer> {
  const folder = await temporaryFolder();
  const seen: SeenRequest[] = [];
  let answers: readonly Scripted[] = [{ status: 200, body: {} }];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => (body += chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'http://localhost');
      const request: SeenRequest = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body,
      };
      seen.push(request);
      const [next, ...rest] = answers;
      if (rest.length > 0) answers = rest;
      if (next !== undefined) answer(next, response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder.path, 'kubeconfig');
  const writeKubeconfig = (user: object): Promise<void> =>
    writeFile(
      kubeconfig,
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'test',
        clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}` } }],
        users: [{ name: 'test', user }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      }),
    );
  await writeKubeconfig({ token: 'open-sesame' });
  return {
    port,
    kubeconfig,
    seen,
    script: (...next) => {
      answers = next;
    },
    writeKubeconfig,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await folder.remove();
    },
  };
}

function answer(scripted: Scripted, response: ServerResponse, request: SeenRequest): void {
  if (typeof scripted === 'function') {
    scripted(response, request);
    return;
  }
  const { status, body, headers } = scripted;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body ?? {}));
}

/** A failure as the API server tells it. */
export function failure(code: number, reason: string, message: string): Scripted {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message };
  return { status: code, body };
}

export const cutLine: Scripted = (response) => {
  response.destroy();
};

export const noAnswer: Scripted = () => {};
