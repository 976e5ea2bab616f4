import { redact } from '../../redact.ts';
import type { Cursor } from '../bytes/cursor.ts';
import type { Ending } from '../transport.ts';
import { shortText } from './amqp-frames.ts';

/** Methods of AMQP 0-9-1: which ask, which answer, what their codes mean. */

export interface Asking {
  readonly name: string;
  /** What answers it. */
  readonly answers: readonly string[];
  /** Set in the arguments when no answer is wanted; null when there always is one. */
  readonly named: 'exchange' | 'queue' | null;
}

function asking(name: string, answers: readonly string[], named: Asking['named'] = null): Asking {
  return { name, answers, named };
}

/** What clients ask for and servers answer on the same channel. */
export const ASKING: ReadonlyMap<string, Asking> = new Map([
  ['10.40', asking('connection.open', ['10.41'])],
  ['10.50', asking('connection.close', ['10.51'])],
  ['20.10', asking('channel.open', ['20.11'])],
  ['20.40', asking('channel.close', ['20.41'])],
  ['40.10', asking('exchange.declare', ['40.11'], 'exchange')],
  ['40.20', asking('exchange.delete', ['40.21'], 'exchange')],
  ['50.10', asking('queue.declare', ['50.11'], 'queue')],
  ['50.20', asking('queue.bind', ['50.21'], 'queue')],
  ['50.50', asking('queue.unbind', ['50.51'], 'queue')],
  ['50.30', asking('queue.purge', ['50.31'], 'queue')],
  ['50.40', asking('queue.delete', ['50.41'], 'queue')],
  ['60.10', asking('basic.qos', ['60.11'])],
  ['60.20', asking('basic.consume', ['60.21'], 'queue')],
  ['60.30', asking('basic.cancel', ['60.31'])],
  ['60.70', asking('basic.get', ['60.71', '60.72'], 'queue')],
  ['60.110', asking('basic.recover', ['60.111'])],
  ['85.10', asking('confirm.select', ['85.11'])],
  ['90.10', asking('tx.select', ['90.11'])],
  ['90.20', asking('tx.commit', ['90.21'])],
  ['90.30', asking('tx.rollback', ['90.31'])],
]);

const NAME = /^[\w.:-]{1,100}$/u;

/** Names made for one connection are left out. */
export function operationOf({ name, named }: Asking, cursor: Cursor): string {
  if (named === null) return name;
  cursor.skip(2);
  return withName(name, shortText(cursor));
}

export function withName(operation: string, name: string): string {
  return NAME.test(name) && !name.startsWith('amq.') ? `${operation} ${name}` : operation;
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [311, 'CONTENT_TOO_LARGE'],
  [312, 'NO_ROUTE'],
  [313, 'NO_CONSUMERS'],
  [320, 'CONNECTION_FORCED'],
  [402, 'INVALID_PATH'],
  [403, 'ACCESS_REFUSED'],
  [404, 'NOT_FOUND'],
  [405, 'RESOURCE_LOCKED'],
  [406, 'PRECONDITION_FAILED'],
  [501, 'FRAME_ERROR'],
  [502, 'SYNTAX_ERROR'],
  [503, 'COMMAND_INVALID'],
  [504, 'CHANNEL_ERROR'],
  [505, 'UNEXPECTED_FRAME'],
  [506, 'RESOURCE_ERROR'],
  [530, 'NOT_ALLOWED'],
  [540, 'NOT_IMPLEMENTED'],
  [541, 'INTERNAL_ERROR'],
]);
/** The broker goes away, has no room, or broke. */
const SERVER_ERRORS = new Set([320, 506, 541]);

/** @param text - As the broker wrote it; it begins with the name of the code already. */
export function endingOfCode(code: number, text: string): Ending {
  const name = NAMES.get(code) ?? `CODE_${code}`;
  const said = redact(text);
  return {
    outcome: SERVER_ERRORS.has(code) ? 'server_error' : 'client_error',
    errorType: name,
    reason: `AMQP ${code} ${said === '' ? name : said}`,
  };
}

export const NACKED: Ending = {
  outcome: 'server_error',
  errorType: 'amqp.nack',
  reason: 'the broker did not take the message (basic.nack)',
};
