import { redact } from '../../redact.ts';
import { OK, type Ending } from '../transport.ts';

/** What NATS says that went wrong: the server by an error, who answers by the headers of the answer. */

/** The server goes away, or does not keep up; else it was asked wrongly. */
const SERVER_ERROR =
  /^(?:Stale Connection|Slow Consumer|Server Shutdown|Maximum Connections|Maximum Account|Secure Connection|Internal|maximum (?:connections|account)|insufficient resources)/iu;
const TIMEOUT = /^(?:Authentication Timeout|User Authentication Expired)/iu;

const SIGN_IN =
  /^(?:Authorization|Authentication|User Authentication|Secure Connection|Maximum (?:Connections|Account)|Invalid Client Protocol)/iu;

export function isAboutSignIn(text: string): boolean {
  return SIGN_IN.test(text);
}

export function endingOfError(text: string): Ending {
  const words = text.split(/[\s':"]+/u, 3).filter((word) => /^[A-Za-z-]{1,24}$/u.test(word));
  const name = words.slice(0, 2).join('_').toLowerCase();
  return {
    outcome: TIMEOUT.test(text)
      ? 'timeout'
      : SERVER_ERROR.test(text)
        ? 'server_error'
        : 'client_error',
    errorType: `nats.${name === '' ? 'error' : name}`,
    reason: `NATS: ${redact(text)}`,
  };
}

export interface Headed {
  readonly ending: Ending;
  readonly status: number | null;
}

const STATUS = /^NATS\/1\.0(?: +(\d{3}))?(?: +([^\r\n]*))?\r\n/u;
const SERVICE_CODE = /\r\nNats-Service-Error-Code: *(\d{3})\r\n/iu;
const SERVICE_TEXT = /\r\nNats-Service-Error: *([^\r\n]*)\r\n/iu;
const NO_RESPONDERS = 503;

/** @param block - Headers with which an answer begins; null when their end was not seen. */
export function endingOfHeaders(block: string): Headed | null {
  const first = STATUS.exec(block);
  if (first === null || !block.includes('\r\n\r\n')) return null;
  const code = SERVICE_CODE.exec(block)?.[1];
  if (code !== undefined) return serviceError(Number(code), SERVICE_TEXT.exec(block)?.[1] ?? '');
  const [, status, text = ''] = first;
  return status === undefined ? { ending: OK, status: null } : endingOfStatus(Number(status), text);
}

/** @param text - What else is said. */
export function endingOfStatus(status: number, text: string): Headed {
  if (status < 400) return { ending: OK, status };
  const said = redact(text.trim());
  if (status === NO_RESPONDERS && said === '') return { ending: NOBODY, status };
  const reason = `NATS ${status}${said === '' ? '' : `: ${said}`}`;
  return { ending: { outcome: outcomeOf(status), errorType: `nats.${status}`, reason }, status };
}

const NOBODY: Ending = {
  outcome: 'server_error',
  errorType: 'nats.no_responders',
  reason: 'NATS 503: nobody listens to the subject (no responders)',
};

function serviceError(status: number, text: string): Headed {
  const said = redact(text);
  const ending: Ending = {
    outcome: outcomeOf(status),
    errorType: `nats.${status}`,
    reason: `NATS service error ${status}${said === '' ? '' : `: ${said}`}`,
  };
  return { ending, status };
}

function outcomeOf(status: number): Ending['outcome'] {
  if (status === 408 || status === 504) return 'timeout';
  return status < 500 ? 'client_error' : 'server_error';
}
