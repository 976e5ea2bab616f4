import type { ConnectionContext, DecodedCall } from '../../../domain/calls/protocols/decoder.ts';
import type { Stalls } from './stalls.ts';

/** What the transport knows about a call that failed, beside what its decoder says. */

export interface TransportEvidence {
  readonly context: ConnectionContext;
  readonly atUs: number;
  readonly clientStalls: Stalls;
  readonly serverStalls: Stalls;
  readonly isBacklogged: boolean;
}

/** Failures that a server causes which grants connections and takes none. */
const NOT_TAKEN = new Set([
  'tcp.reset_before_response',
  'tcp.closed_before_response',
  'tcp.client_abort',
  'no_response',
]);

export function withEvidence(call: DecodedCall, evidence: TransportEvidence): DecodedCall {
  if (call.status !== null || call.outcome === 'ok') return call;
  const { context, isBacklogged } = evidence;
  if (isBacklogged && call.firstByteAtUs === null && NOT_TAKEN.has(call.errorType ?? '')) {
    return {
      ...call,
      outcome: 'transport_error',
      errorType: 'tcp.backlog',
      reason: joined(`accept queue full on ${context.server}`, call.reason),
    };
  }
  const stalls = [
    stallOf(context.server, evidence.serverStalls.during(call, evidence.atUs)),
    stallOf(context.client, evidence.clientStalls.during(call, evidence.atUs)),
  ].filter((text) => text !== null);
  if (stalls.length === 0) return call;
  return { ...call, reason: [call.reason, ...stalls].filter((text) => text !== null).join('; ') };
}

function stallOf(name: string, stall: string | null): string | null {
  return stall === null ? null : `${name} ${stall}`;
}

function joined(first: string, rest: string | null): string {
  return rest === null ? first : `${first}; ${rest}`;
}
