import { redact } from '../../redact.ts';
import { OK, type Ending } from '../transport.ts';

/** What Redis' errors mean, and what commands are called. */

/** Where to ask, or what to send first: the client goes on by itself. */
const REDIRECTS = new Set(['MOVED', 'ASK', 'NOSCRIPT']);
const SERVER_ERRORS = new Set([
  'OOM',
  'LOADING',
  'BUSY',
  'CLUSTERDOWN',
  'READONLY',
  'MASTERDOWN',
  'MISCONF',
  'NOREPLICAS',
  'NOMASTERLINK',
  'TRYAGAIN',
]);
const CODE = /^[A-Z][A-Z\d_]{0,31}(?=[ :]|$)/u;

/** @param text - Behind the `-`. */
export function endingOfError(text: string): Ending {
  const code = CODE.exec(text)?.[0] ?? 'ERR';
  if (REDIRECTS.has(code)) return OK;
  return {
    outcome: SERVER_ERRORS.has(code) ? 'server_error' : 'client_error',
    errorType: code,
    reason: `Redis: ${redact(text)}`,
  };
}

export function notExecuted(why: string): Ending {
  return {
    outcome: 'cancelled',
    errorType: 'redis.not_executed',
    reason: `the transaction was not executed: ${why}`,
  };
}

const COMMAND = /^[A-Za-z][\w.|-]{0,31}$/u;
/** Commands whose second word says what they do. */
const CONTAINERS = new Set([
  'ACL',
  'CLIENT',
  'CLUSTER',
  'COMMAND',
  'CONFIG',
  'DEBUG',
  'FUNCTION',
  'LATENCY',
  'MEMORY',
  'MODULE',
  'OBJECT',
  'PUBSUB',
  'SCRIPT',
  'SLOWLOG',
  'XGROUP',
  'XINFO',
]);

/** `GET`, `CONFIG SET`; never a key. */
export function operationOf(words: readonly string[]): string {
  const [command = '', second = ''] = words;
  if (!COMMAND.test(command)) return 'unknown';
  const name = command.toUpperCase();
  return CONTAINERS.has(name) && COMMAND.test(second) ? `${name} ${second.toUpperCase()}` : name;
}
