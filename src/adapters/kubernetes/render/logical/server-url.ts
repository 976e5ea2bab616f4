import type { Component } from '../../../../domain/catalog/component.ts';
import { OperationError } from '../../../../domain/errors.ts';
import { logicalEngineOf } from './logical-engines.ts';

/** Where a server that is kept for logical datastores is reached, as its administrator's secret says. */
export interface Server {
  readonly host: string;
  readonly port: number;
}

/**
 * @param value - `postgres://ADMIN:PASSWORD@HOST:PORT/…`; it is in no message.
 * @throws {OperationError} `LOGICAL_ADMIN_INVALID`, `DATASTORE_UNSUPPORTED`
 */
export function serverOf(component: Component, value: string, clusterDomain: string): Server {
  const { name, ports, datastore } = component;
  const { schemes } = logicalEngineOf(name, datastore?.engine ?? '');
  const [own] = ports;
  if (own === undefined) throw invalid(`"${name}" declares no port`);
  const url = urlOf(value.trim(), schemes);
  if (url === null) {
    const example = `${schemes[0]}://ADMIN:PASSWORD@HOST:${own.port}`;
    throw invalid(`the administrator secret of "${name}" is no URL like ${example}`);
  }
  const port = url.port === '' ? own.port : Number(url.port);
  if (port !== own.port) {
    throw invalid(`the server of "${name}" listens on ${port}, and "${name}" declares ${own.port}`);
  }
  return { host: wholeName(url.hostname, clusterDomain), port };
}

function urlOf(text: string, schemes: readonly string[]): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== '' ? url : null;
}

/** Search lists of DNS do not apply to what a name leads to. */
function wholeName(hostname: string, clusterDomain: string): string {
  const host = hostname.replaceAll(/^\[|\]$/gu, '');
  return host.endsWith('.svc') ? `${host}.${clusterDomain}` : host;
}

function invalid(message: string): OperationError {
  return new OperationError('LOGICAL_ADMIN_INVALID', message);
}
