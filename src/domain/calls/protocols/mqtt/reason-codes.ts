import { redact } from '../../redact.ts';
import type { Outcome } from '../../call.ts';
import { OK, type Ending } from '../transport.ts';

/** What the numbers of MQTT mean with which a broker refuses. */

/** From there on numbers of MQTT 5 are failures. */
export const FAILURE = 0x80;
const KEEP_ALIVE_TIMEOUT = 'keep alive timeout';

const NAMES = [
  'unspecified error',
  'malformed packet',
  'protocol error',
  'implementation specific error',
  'unsupported protocol version',
  'client identifier not valid',
  'bad user name or password',
  'not authorized',
  'server unavailable',
  'server busy',
  'banned',
  'server shutting down',
  'bad authentication method',
  KEEP_ALIVE_TIMEOUT,
  'session taken over',
  'topic filter invalid',
  'topic name invalid',
  'packet identifier in use',
  'packet identifier not found',
  'receive maximum exceeded',
  'topic alias invalid',
  'packet too large',
  'message rate too high',
  'quota exceeded',
  'administrative action',
  'payload format invalid',
  'retain not supported',
  'qos not supported',
  'use another server',
  'server moved',
  'shared subscriptions not supported',
  'connection rate exceeded',
  'maximum connect time',
  'subscription identifiers not supported',
  'wildcard subscriptions not supported',
];
/** Of a connection, in MQTT 3.1.1. */
const CONNECT_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'unsupported protocol version'],
  [2, 'client identifier not valid'],
  [3, 'server unavailable'],
  [4, 'bad user name or password'],
  [5, 'not authorized'],
]);
const REFUSED = 'subscription refused';
/** The broker goes away, has no room, or broke. */
const SERVER_ERRORS = new Set([
  'unspecified error',
  'implementation specific error',
  'server unavailable',
  'server busy',
  'server shutting down',
  'quota exceeded',
  'administrative action',
  'use another server',
  'server moved',
  'maximum connect time',
]);
/** They are about a connection, whatever was said on it. */
const OF_CONNECTIONS = new Set([0x88, 0x89, 0x8a, 0x8b, 0x8d, 0x8e, 0x98, 0x9c, 0x9d, 0x9f, 0xa0]);

export interface Coded {
  readonly ending: Ending;
  readonly status: number | null;
}

/** @param said - What the broker writes beside the number. */
export function codedOf(code: number, said: string): Coded {
  if (code < FAILURE) return { ending: OK, status: code === 0 ? null : code };
  return failed(code, NAMES[code - FAILURE] ?? null, said);
}

export function codedOfConnect(code: number, said: string): Coded {
  const name = CONNECT_NAMES.get(code);
  return name === undefined ? codedOf(code, said) : failed(code, name, said);
}

/** @param filter - The one that was refused. */
export function codedOfFilter(code: number, said: string, filter: string, isV5: boolean): Coded {
  const about = [filter, said].filter((part) => part !== '').join(', ');
  return code === FAILURE && !isV5 ? failed(code, REFUSED, about) : codedOf(code, about);
}

export function isAboutConnection(code: number): boolean {
  return OF_CONNECTIONS.has(code);
}

/** Nothing came for one and a half times as long as the client had promised. */
export function keepAliveMissed(client: string, silentS: number, keepAliveS: number): Ending {
  return {
    outcome: 'timeout',
    errorType: typeOf(KEEP_ALIVE_TIMEOUT),
    reason: `the broker closed the connection: ${client} said nothing for ${silentS}s, and had promised to every ${keepAliveS}s`,
  };
}

export const NOT_READ: Coded = {
  ending: {
    outcome: 'unknown',
    errorType: 'mqtt.not_read',
    reason: 'an answer came that could not be read to its end',
  },
  status: null,
};

function failed(code: number, known: string | null, said: string): Coded {
  const name = known ?? `code ${code}`;
  const text = redact(said);
  return {
    ending: {
      outcome: outcomeOf(name),
      errorType: typeOf(name),
      reason: `MQTT ${code} ${known ?? ''}`.trimEnd() + (text === '' ? '' : `: ${text}`),
    },
    status: code,
  };
}

function outcomeOf(name: string): Outcome {
  if (name === KEEP_ALIVE_TIMEOUT) return 'timeout';
  return SERVER_ERRORS.has(name) ? 'server_error' : 'client_error';
}

function typeOf(name: string): string {
  return name.replaceAll(' ', '_');
}
