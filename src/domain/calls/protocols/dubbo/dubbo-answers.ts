import { redact } from '../../redact.ts';
import { OK, type Ending } from '../transport.ts';
import { valuesOf } from './dubbo-messages.ts';
import type { DubboHead } from './dubbo-frames.ts';
import { OK_STATUS, STATUSES } from './dubbo-statuses.ts';
import type { ValueReader } from './values.ts';

/** What an answer of Dubbo 2 says went wrong. What a method throws comes back with the status of success. */

/** The first value of a body: with an exception, a value, nothing; from 3 on with attachments. */
const EXCEPTIONS = new Set([0, 3]);
const RESULTS = new Set([1, 2, 4, 5]);

/** @param body - Perhaps only its beginning. */
export function endingOf({ status, serialization }: DubboHead, body: Uint8Array): Ending {
  const values = valuesOf(serialization, body);
  if (status !== OK_STATUS) return refused(status, values?.next().text ?? '');
  return values === null ? notRead() : endingOfResult(values);
}

function endingOfResult(values: ValueReader): Ending {
  const flag = values.next().number;
  if (flag === null || values.isShort) return notRead();
  if (EXCEPTIONS.has(flag)) return thrown(values);
  return RESULTS.has(flag) ? OK : notRead();
}

function refused(status: number, text: string): Ending {
  const { name, outcome } = STATUSES.get(status) ?? {
    name: `STATUS_${status}`,
    outcome: 'server_error',
  };
  return { outcome, errorType: name, reason: `Dubbo ${name} (${status})${said(text)}` };
}

const CLASS = /^[\w.$]{1,200}$/u;
/** Mistakes that Java and Dubbo know; without their package where it goes without saying. */
const OF_THE_RUNTIME = /^(?:java\.|javax\.|org\.apache\.dubbo\.|[A-Z]\w*$)/u;
const OF_THE_CALLER = /(?:IllegalArgumentException|ConstraintViolationException)$/u;

/** Exceptions of the service's own are its answers to what it was asked; others it did not mean to throw. */
function thrown(values: ValueReader): Ending {
  const { type, fields } = values.next();
  if (!CLASS.test(type)) {
    if (values.isShort) return notRead();
    const reason = 'Dubbo: an exception was thrown';
    return { outcome: 'server_error', errorType: 'dubbo.exception', reason };
  }
  const isOfCaller = OF_THE_CALLER.test(type) || !OF_THE_RUNTIME.test(type);
  const name = type.slice(Math.max(type.lastIndexOf('.'), type.lastIndexOf('$')) + 1);
  return {
    outcome: isOfCaller ? 'client_error' : 'server_error',
    errorType: `dubbo.${name}`,
    reason: `Dubbo: ${name}${said(fields.get('detailMessage')?.text ?? '')}`,
  };
}

function said(text: string): string {
  const clean = redact(text);
  return clean === '' ? '' : `: ${clean}`;
}

function notRead(): Ending {
  return {
    outcome: 'unknown',
    errorType: 'dubbo.not_read',
    reason:
      'an answer of Dubbo could not be read: not whole, or in a serialization that nobody here reads',
  };
}
