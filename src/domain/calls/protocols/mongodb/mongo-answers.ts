import { redact } from '../../redact.ts';
import { OK, type Ending } from '../transport.ts';
import { elementOf, readDocument, type BsonElement } from './bson.ts';
import type { MongoBody } from './mongo-messages.ts';

/** What an answer of MongoDB says went wrong. */

export interface Judged {
  readonly ending: Ending;
  readonly status: number | null;
}

/** Numbers of server errors: its state, its replicas, its way to others. */
const SERVER_CODES = new Set([
  1, 6, 7, 8, 64, 89, 91, 133, 189, 384, 10_107, 11_600, 11_602, 13_435, 13_436,
]);
/** MaxTimeMSExpired, ExceededTimeLimit, LockTimeout, NetworkInterfaceExceededTimeLimit. */
const TIMEOUT_CODES = new Set([50, 262, 24, 202]);
const NAME = /^\w{1,64}$/u;

export function judge(bytes: Uint8Array, { elements, isWhole }: MongoBody): Judged {
  const ok = elementOf(elements, 'ok');
  if (ok !== undefined && ok.number === 0) {
    const isTold = isWhole || elementOf(elements, 'codeName') !== undefined;
    return isTold ? failed(elements) : { ending: notRead(), status: null };
  }
  const writeErrors = elementOf(elements, 'writeErrors');
  if (writeErrors !== undefined) return judgeWrite(bytes, writeErrors);
  const concern = elementOf(elements, 'writeConcernError');
  if (concern !== undefined) return failed(readDocument(bytes, concern.at).elements);
  if (ok !== undefined && isWhole) return { ending: OK, status: null };
  return { ending: notRead(), status: null };
}

function judgeWrite(bytes: Uint8Array, list: BsonElement): Judged {
  const [first] = readDocument(bytes, list.at).elements;
  if (first === undefined) return { ending: notRead(), status: null };
  const judged = failed(readDocument(bytes, first.at).elements);
  return { ...judged, ending: { ...judged.ending, outcome: 'client_error' } };
}

function failed(elements: readonly BsonElement[]): Judged {
  const code = elementOf(elements, 'code')?.number ?? null;
  const given = textOf(elements, 'codeName');
  const name = NAME.test(given) ? given : `code_${code ?? 'unknown'}`;
  const said = redact(textOf(elements, 'errmsg'));
  const number = code === null ? '' : ` (${code})`;
  const reason = `MongoDB ${name}${number}${said === '' ? '' : `: ${said}`}`;
  const ending: Ending = { outcome: outcomeOf(code), errorType: `mongodb.${name}`, reason };
  return { ending, status: code };
}

function textOf(elements: readonly BsonElement[], name: string): string {
  return elementOf(elements, name)?.text ?? '';
}

function outcomeOf(code: number | null): Ending['outcome'] {
  if (code === null) return 'server_error';
  if (TIMEOUT_CODES.has(code)) return 'timeout';
  return SERVER_CODES.has(code) ? 'server_error' : 'client_error';
}

export function notRead(): Ending {
  return {
    outcome: 'unknown',
    errorType: 'mongodb.not_read',
    reason: 'an answer of MongoDB could not be read: compressed or not whole',
  };
}
