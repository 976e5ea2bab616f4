import type { Outcome } from '../../call.ts';
import { redact } from '../../redact.ts';
import { OK, type Ending } from '../transport.ts';

/** What a gRPC status means for a call. */

const CODES: readonly { readonly name: string; readonly outcome: Outcome }[] = [
  { name: 'OK', outcome: 'ok' },
  { name: 'CANCELLED', outcome: 'cancelled' },
  { name: 'UNKNOWN', outcome: 'server_error' },
  { name: 'INVALID_ARGUMENT', outcome: 'client_error' },
  { name: 'DEADLINE_EXCEEDED', outcome: 'timeout' },
  { name: 'NOT_FOUND', outcome: 'client_error' },
  { name: 'ALREADY_EXISTS', outcome: 'client_error' },
  { name: 'PERMISSION_DENIED', outcome: 'client_error' },
  { name: 'RESOURCE_EXHAUSTED', outcome: 'server_error' },
  { name: 'FAILED_PRECONDITION', outcome: 'client_error' },
  { name: 'ABORTED', outcome: 'server_error' },
  { name: 'OUT_OF_RANGE', outcome: 'client_error' },
  { name: 'UNIMPLEMENTED', outcome: 'server_error' },
  { name: 'INTERNAL', outcome: 'server_error' },
  { name: 'UNAVAILABLE', outcome: 'server_error' },
  { name: 'DATA_LOSS', outcome: 'server_error' },
  { name: 'UNAUTHENTICATED', outcome: 'client_error' },
];
const UNIMPLEMENTED = 12;
const DEADLINE_EXCEEDED = 4;

const STATUS = /^\d{1,3}$/u;
const MESSAGE_LENGTH_MAX = 8_192;

/** Null when it is not a number. */
export function statusOf(text: string): number | null {
  return STATUS.test(text) ? Number(text) : null;
}

/** Of `UNAVAILABLE`; null when there is none of that name. */
export function grpcStatusNamed(name: string): number | null {
  const status = CODES.findIndex((code) => code.name === name);
  return status < 0 ? null : status;
}

export interface GrpcAnswer {
  readonly status: number;
  /** As it was written, percent-encoded. */
  readonly message: string;
  readonly server: string;
  readonly operation: string;
  /** How long the client said it would wait, as it wrote it; empty when it did not. */
  readonly timeout: string;
}

export function endingByGrpcStatus(answer: GrpcAnswer): Ending {
  if (answer.status === 0) return OK;
  const code = CODES[answer.status];
  const name = code?.name ?? String(answer.status);
  const hint = hintOf(answer);
  const said = textOf(answer.message);
  const line = `${answer.status} ${name}${hint} from ${answer.server} ${answer.operation}`;
  return {
    // Codes beyond the list count as UNKNOWN, as gRPC libraries do.
    outcome: code?.outcome ?? 'server_error',
    errorType: name,
    reason: said === '' ? line : `${line}: ${said}`,
  };
}

function hintOf({ status, operation, timeout }: GrpcAnswer): string {
  if (status === UNIMPLEMENTED) return ` (method ${operation} not implemented: version skew?)`;
  const isLate = status === DEADLINE_EXCEEDED && timeout !== '';
  return isLate ? ` (deadline ${timeout})` : '';
}

/** Failed for certain, as it says why; with which status was not seen. */
export function failedWithoutStatus(message: string, server: string, operation: string): Ending {
  const said = textOf(message);
  return {
    outcome: 'server_error',
    errorType: 'UNKNOWN',
    reason: `error of a status that was not seen, from ${server} ${operation}: ${said}`,
  };
}

export function endedWithoutStatus(server: string, operation: string): Ending {
  const reason = `stream ended without status by ${server}, ${operation}`;
  return { outcome: 'transport_error', errorType: 'grpc.no_status', reason };
}

/** A status message is percent-encoded UTF-8; what cannot be decoded stays as it is. */
function textOf(message: string): string {
  const cut = message.slice(0, MESSAGE_LENGTH_MAX);
  if (!cut.includes('%')) return redact(cut);
  const bytes: number[] = [];
  for (let at = 0; at < cut.length; at += 1) {
    const hex = cut.slice(at + 1, at + 3);
    const isEncoded = cut[at] === '%' && /^[\da-fA-F]{2}$/u.test(hex);
    bytes.push(isEncoded ? Number.parseInt(hex, 16) : cut.charCodeAt(at) & 0xff);
    if (isEncoded) at += 2;
  }
  return redact(new TextDecoder().decode(Uint8Array.from(bytes)));
}

const TIMEOUT = /^(\d{1,8})([HMSmun])$/u;
const UNIT_US: Readonly<Record<string, number>> = {
  H: 3_600e6,
  M: 60e6,
  S: 1e6,
  m: 1e3,
  u: 1,
  n: 1e-3,
};

/** Microseconds of a `grpc-timeout`; null when it is none. */
export function timeoutUsOf(text: string): number | null {
  const [, digits = '', unit = ''] = TIMEOUT.exec(text) ?? [];
  const factor = UNIT_US[unit];
  return factor === undefined ? null : Number(digits) * factor;
}
