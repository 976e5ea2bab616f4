import { createHash } from 'node:crypto';
import type { Call } from '../../../domain/calls/call.ts';
import { isFailed } from '../../../domain/calls/outcomes.ts';
import type { Attributes, AttributeValue, Span } from '../../../domain/calls/spans/span.ts';

/**
 * A captured call as a span, for backends that know nothing of calls. Where the wire showed a trace, the
 * span hangs below the one that its headers name; else it is a trace of its own. The same call is always
 * the same span.
 */

/** @param resourceOf - Gives one object for each service, so that spans can be put together by it. */
export function spanOfCall(call: Call, resourceOf: (service: string) => Attributes): Span {
  const digest = createHash('sha256')
    .update(`${call.connectionId}\0${call.id}\0${call.startedAtUs}`)
    .digest('hex');
  const isServers = call.side === 'server';
  const trace = traceOf(call);
  return {
    traceId: trace?.traceId ?? digest.slice(0, 32),
    spanId: digest.slice(32, 48),
    parentSpanId: trace?.spanId ?? null,
    name: call.operation,
    kind: isServers ? 'server' : 'client',
    startedAtUs: call.startedAtUs,
    endedAtUs: call.endedAtUs,
    attributes: attributesOf(call, isServers ? call.client : call.server),
    events: [],
    links: [],
    status: isFailed(call)
      ? { code: 'error', message: call.reason ?? '' }
      : { code: 'unset', message: '' },
    resource: resourceOf(isServers ? call.server : call.client),
  };
}

const HEX = /^[\da-f]+$/u;

function traceOf({ correlation: { traceId, spanId } }: Call): {
  readonly traceId: string;
  readonly spanId: string | null;
} | null {
  // Older headers have half as many digits.
  const trace = traceId?.padStart(32, '0') ?? '';
  if (trace.length !== 32 || !HEX.test(trace) || /^0*$/u.test(trace)) return null;
  const isSpan = spanId?.length === 16 && HEX.test(spanId) && !/^0*$/u.test(spanId);
  return { traceId: trace, spanId: isSpan ? spanId : null };
}

function attributesOf(call: Call, peer: string): Attributes {
  return new Map<string, AttributeValue>([
    ['network.protocol.name', call.protocol],
    ['peer.service', peer],
    ['offshoot.call.id', call.id],
    ['offshoot.outcome', call.outcome],
    ...(call.errorType === null ? [] : [['error.type', call.errorType] as const]),
    ...conventionOf(call),
  ]);
}

const DATABASES: Readonly<Record<string, string>> = {
  postgres: 'postgresql',
  mysql: 'mysql',
  redis: 'redis',
  mongodb: 'mongodb',
};
const BROKERS: Readonly<Record<string, string>> = { kafka: 'kafka', amqp: 'rabbitmq' };

function conventionOf(call: Call): readonly (readonly [string, AttributeValue])[] {
  const { protocol, operation, status } = call;
  if (protocol === 'http') {
    const [method = '', path = ''] = operation.split(' ', 2);
    return [
      ['http.request.method', method],
      ['url.path', path],
      ...(status === null ? [] : [['http.response.status_code', status] as const]),
    ];
  }
  if (protocol === 'grpc') {
    return [
      ['rpc.system', 'grpc'],
      ['rpc.method', operation.replace(/^\//u, '')],
      ...(status === null ? [] : [['rpc.grpc.status_code', status] as const]),
    ];
  }
  const database = DATABASES[protocol];
  if (database !== undefined)
    return [
      ['db.system.name', database],
      ['db.query.summary', operation],
    ];
  const broker = BROKERS[protocol];
  return broker === undefined ? [] : [['messaging.system', broker]];
}
