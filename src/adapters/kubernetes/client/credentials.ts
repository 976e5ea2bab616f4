import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { OperationError } from '../../../domain/errors.ts';
import { KubeApiError } from './kube-api.ts';

/** Where a kubeconfig comes from. */
export interface KubeConfigChoice {
  /** Path of a file; else `KUBECONFIG`, `~/.kube/config` or the service account of the pod. */
  readonly kubeconfig?: string;
  /** Name in that file; its current one unless told. */
  readonly context?: string;
}

/** What a connection to the API server needs. Nothing of it may reach a message or a log. */
export interface Credentials {
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** TLS settings, and the agent when the kubeconfig asks for a proxy. */
  readonly tls: Pick<
    RequestOptions,
    'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'
  >;
  readonly proxyAgent: Agent | null;
}

/**
 * Reads the kubeconfig.
 *
 * @throws {OperationError} `CLUSTER_CONTEXT_UNKNOWN` when it cannot be read or has no such context.
 */
export function readKubeConfig(choice: KubeConfigChoice): KubeConfig {
  const config = new KubeConfig();
  const where = choice.kubeconfig === undefined ? 'the kubeconfig' : `"${choice.kubeconfig}"`;
  const mistake = loadMistake(config, choice);
  if (mistake !== null) {
    throw new OperationError('CLUSTER_CONTEXT_UNKNOWN', `${where} cannot be read${mistake}`);
  }
  if (isInvented(config)) {
    throw new OperationError(
      'CLUSTER_CONTEXT_UNKNOWN',
      'there is no kubeconfig, and this is no pod',
    );
  }
  if (choice.context !== undefined) config.setCurrentContext(choice.context);
  requireContext(config, where);
  allowPlainHttp(config);
  return config;
}

/** Null when it could be read. Never the parser's words: they quote the line, which may hold a token. */
function loadMistake(config: KubeConfig, choice: KubeConfigChoice): string | null {
  try {
    if (choice.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(choice.kubeconfig);
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  }
}

/** Where nothing is configured the library assumes a cluster on this machine, without encryption. */
function isInvented(config: KubeConfig): boolean {
  return (
    config.getCurrentContext() === 'loaded-context' &&
    config.getCurrentCluster()?.server === 'http://localhost:8080'
  );
}

function requireContext(config: KubeConfig, where: string): void {
  const name = config.getCurrentContext();
  if (config.getCurrentCluster() !== null && config.getCurrentUser() !== null) return;
  const known = config.getContexts().map((context) => `"${context.name}"`);
  throw new OperationError(
    'CLUSTER_CONTEXT_UNKNOWN',
    `${where} has no usable context "${name}"; it has ${known.length === 0 ? 'none' : known.join(', ')}`,
    { details: { context: name } },
  );
}

/** `kubectl proxy` speaks plain HTTP; the library refuses that unless verification is off, which TLS alone needs. */
function allowPlainHttp(config: KubeConfig): void {
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
}

/**
 * Asks the library for credentials: certificates, tokens (read again from their file), exec plugins.
 *
 * @throws {KubeApiError} 401 when a plugin gives none.
 */
export async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch {
    // What a plugin writes to its error output may hold secrets: it goes no further.
    throw new KubeApiError({
      status: 401,
      reason: 'Unauthorized',
      message: `no credentials could be had for the user of the context "${config.getCurrentContext()}"`,
    });
  }
  const { ca, cert, key, passphrase, servername, rejectUnauthorized, auth } = options;
  const given = Object.entries({ ca, cert, key, passphrase, servername, rejectUnauthorized });
  const cluster = config.getCurrentCluster();
  return {
    server: new URL(cluster?.server ?? 'http://localhost:8080'),
    headers: { ...plainHeaders(options.headers), ...basicAuthorization(auth) },
    tls: Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    proxyAgent: cluster?.proxyUrl === undefined ? null : agentOf(options),
  };
}

function agentOf({ agent }: RequestOptions): Agent | null {
  return typeof agent === 'object' ? agent : null;
}

function plainHeaders(headers: RequestOptions['headers']): Record<string, string> {
  const entries = Object.entries(headers ?? {});
  // A token from a file may end in a line feed, which no header may hold.
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value).trim()]));
}

function basicAuthorization(auth: string | null | undefined): Record<string, string> {
  if (typeof auth !== 'string') return {};
  return { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` };
}
