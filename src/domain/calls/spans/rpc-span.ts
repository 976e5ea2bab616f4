import { endingByGrpcStatus, grpcStatusNamed } from '../protocols/grpc/status.ts';
import { troubleOf } from './exceptions.ts';
import { endingWithoutStatus, plainEnding } from './plain-ending.ts';
import { textOf, wholeOf, type Span } from './span.ts';
import type { Convention } from './telling.ts';

/** Remote procedure calls: `rpc.system.name` and `rpc.response.status_code`, before that `rpc.system` and `rpc.grpc.status_code`. */
export const rpcTelling: Convention = (span, server) => {
  const system = textOf(span.attributes, 'rpc.system.name', 'rpc.system');
  if (system === null) return null;
  const operation = operationOf(span);
  if (system !== 'grpc') {
    return {
      protocol: PROTOCOLS[system] ?? system,
      operation,
      status: null,
      ending: plainEnding(span, `${operation} of ${server}`),
    };
  }
  const status = grpcStatusOf(span);
  // The message of a status is percent-encoded on the wire, and not in a span.
  const message = troubleOf(span).text.replaceAll('%', '%25');
  return {
    protocol: 'grpc',
    operation,
    status,
    ending:
      status === null
        ? endingWithoutStatus(span, `${operation} of ${server}`)
        : endingByGrpcStatus({ status, message, server, operation, timeout: '' }),
  };
};

/** Those that travel over HTTP are seen as HTTP on the wire. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  apache_dubbo: 'dubbo',
  'aws-api': 'http',
  connect_rpc: 'http',
  connectrpc: 'http',
  jsonrpc: 'http',
};

/** `/shop.Carts/Get`, as on the wire; newer conventions have both in `rpc.method`. */
function operationOf({ attributes, name }: Span): string {
  const method = textOf(attributes, 'rpc.method') ?? '';
  const service = textOf(attributes, 'rpc.service');
  const path = service === null || method.includes('/') ? method : `${service}/${method}`;
  return `/${(path === '' ? name : path).replace(/^\/+/u, '')}`;
}

function grpcStatusOf({ attributes }: Span): number | null {
  const names = ['rpc.response.status_code', 'rpc.grpc.status_code'];
  return wholeOf(attributes, ...names) ?? grpcStatusNamed(textOf(attributes, ...names) ?? '');
}
