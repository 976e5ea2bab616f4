import { KubeConfig } from '@kubernetes/client-node';
import http from 'node:http';
import https from 'node:https';

/** The API server that a kubeconfig's current context names, asked with its credentials. */
export interface Upstream {
  /** The request, not sent yet. */
  open(request: http.IncomingMessage): http.ClientRequest;
  /** Ends the idle connections. */
  close(): void;
}

export interface OpenUpstream {
  readonly upstream: Upstream;
  /** Name of the context, for a kubeconfig that is to look the same. */
  readonly context: string;
}

/** Of one connection only: they do not go through. `transfer-encoding` does, or a body would get lost. */
const CONNECTION_HEADERS = new Set(['host', 'connection', 'keep-alive', 'proxy-connection']);

export async function openUpstream(kubeconfig: string): Promise<OpenUpstream> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = new URL(config.getCurrentCluster()?.server ?? '');
  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const isTls = server.protocol === 'https:';
  const { ca, cert, key, passphrase, servername, rejectUnauthorized, headers, auth } = options;
  const credentials = Object.entries(headers ?? {});
  const agent = isTls
    ? new https.Agent({
        keepAlive: true,
        ca,
        cert,
        key,
        passphrase,
        servername,
        rejectUnauthorized,
      })
    : new http.Agent({ keepAlive: true });
  const base = server.pathname.replace(/\/$/, '');
  const upstream: Upstream = {
    open: (request) => {
      const isUpgrade = request.headers.upgrade !== undefined;
      const wanted: https.RequestOptions = {
        agent,
        method: request.method ?? 'GET',
        headers: {
          ...passedHeaders(request.headers),
          ...Object.fromEntries(credentials),
          ...(isUpgrade ? { connection: 'Upgrade' } : {}),
        },
        ...(auth === undefined || auth === null ? {} : { auth }),
      };
      const url = new URL(`${base}${request.url ?? '/'}`, server);
      return isTls ? https.request(url, wanted) : http.request(url, wanted);
    },
    close: () => agent.destroy(),
  };
  return { upstream, context: config.getCurrentContext() };
}

export function passedHeaders(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name)),
  );
}
