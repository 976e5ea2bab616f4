import { redact } from '../../redact.ts';
import { bytesLost, OK, type Ending } from '../transport.ts';
import { EXCEPTION } from './wires.ts';
import type { ThriftMessage } from './thrift-reader.ts';

/** What an answer of Thrift says went wrong: its own exceptions, and those that a method declares. */

const NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'UNKNOWN'],
  [1, 'UNKNOWN_METHOD'],
  [2, 'INVALID_MESSAGE_TYPE'],
  [3, 'WRONG_METHOD_NAME'],
  [4, 'BAD_SEQUENCE_ID'],
  [5, 'MISSING_RESULT'],
  [6, 'INTERNAL_ERROR'],
  [7, 'PROTOCOL_ERROR'],
  [8, 'INVALID_TRANSFORM'],
  [9, 'INVALID_PROTOCOL'],
  [10, 'UNSUPPORTED_CLIENT_TYPE'],
]);

export function endingOf({ head, body }: ThriftMessage): Ending {
  if (head.kind === EXCEPTION)
    return body.isDone ? exception(body.code ?? 0, body.text) : bytesLost();
  if (body.resultId === null) return body.isDone ? OK : bytesLost();
  return body.resultId === 0 ? OK : declared(body.resultId, body.text);
}

function exception(code: number, text: string): Ending {
  const name = NAMES.get(code) ?? `EXCEPTION_${code}`;
  return { outcome: 'server_error', errorType: name, reason: `Thrift ${name}${said(text)}` };
}

/** Its name is not said, only its place in the list of those that the method may throw. */
function declared(place: number, text: string): Ending {
  return {
    outcome: 'client_error',
    errorType: `thrift.exception_${place}`,
    reason: `Thrift: the method threw its exception ${place}${said(text)}`,
  };
}

function said(text: string): string {
  const clean = redact(text);
  return clean === '' ? '' : `: ${clean}`;
}
