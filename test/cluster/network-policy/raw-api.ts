import type { KubeConfig } from '@kubernetes/client-node';
import * as http from 'node:http';
import * as https from 'node:https';
import { json } from 'node:stream/consumers';

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * The answer's JSON as the server wrote it; the client's typed calls rename fields.
 *
 * @throws {ApiStatusError} for an answer that is no success.
 */
export async function request(config: KubeConfig, wanted: ApiRequest): Promise<unknown> {
  const { method = 'GET', path, body, signal } = wanted;
  const url = new URL(`${config.getCurrentCluster()?.server ?? ''}${path}`);
  const options: https.RequestOptions = { method, headers: { 'content-type': 'application/json' } };
  if (signal !== undefined) options.signal = signal;
  await config.applyToHTTPSOptions(options);
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const send = url.protocol === 'https:' ? https.request : http.request;
    send(url, options, resolve)
      .on('error', reject)
      .end(body === undefined ? undefined : JSON.stringify(body));
  });
  const answer: unknown = await json(response);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return answer;
  throw new ApiStatusError(
    status,
    `${method} ${path} answered ${status} ${JSON.stringify(answer)}`,
  );
}

export class ApiStatusError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
