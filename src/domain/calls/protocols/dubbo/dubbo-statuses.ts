import type { Outcome } from '../../call.ts';

/** What the status of an answer of Dubbo 2 means. */

export const OK_STATUS = 20;

interface Status {
  readonly name: string;
  readonly outcome: Outcome;
}

function status(name: string, outcome: Outcome): Status {
  return { name, outcome };
}

export const STATUSES: ReadonlyMap<number, Status> = new Map([
  [OK_STATUS, status('OK', 'ok')],
  [30, status('CLIENT_TIMEOUT', 'timeout')],
  [31, status('SERVER_TIMEOUT', 'timeout')],
  [35, status('CHANNEL_INACTIVE', 'server_error')],
  [40, status('BAD_REQUEST', 'client_error')],
  [50, status('BAD_RESPONSE', 'server_error')],
  [60, status('SERVICE_NOT_FOUND', 'server_error')],
  [70, status('SERVICE_ERROR', 'server_error')],
  [80, status('SERVER_ERROR', 'server_error')],
  [90, status('CLIENT_ERROR', 'client_error')],
  [100, status('SERVER_THREADPOOL_EXHAUSTED_ERROR', 'server_error')],
  [105, status('SERIALIZATION_ERROR', 'server_error')],
]);
