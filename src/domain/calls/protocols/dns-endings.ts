import { secondsText, type Ending } from './transport.ts';

/** How a DNS question ends when it is not answered with what was asked for. */

const RCODES: ReadonlyMap<number, readonly [string, string]> = new Map([
  [1, ['dns.formerr', 'FORMERR']],
  [2, ['dns.servfail', 'SERVFAIL']],
  [4, ['dns.notimp', 'NOTIMP']],
  [5, ['dns.refused', 'REFUSED']],
]);

export const NO_ERROR = 0;
export const NAME_UNKNOWN = 3;

function failed(errorType: string, reason: string): Ending {
  return { outcome: 'transport_error', errorType, reason };
}

/** @param isAddress - Of other kinds of records there may rightly be none. */
export function nameDoesNotExist(name: string, isAddress: boolean): Ending {
  const ending = failed('dns.nxdomain', `name ${name} does not exist`);
  return isAddress ? ending : { ...ending, outcome: 'client_error' };
}

export function noAddress(name: string): Ending {
  return failed('dns.nodata', `no address for ${name}`);
}

/** Any response code but success and "no such name". */
export function serverFailed(rcode: number, name: string): Ending {
  const [errorType, text] = RCODES.get(rcode) ?? [`dns.rcode_${rcode}`, `RCODE ${rcode}`];
  return failed(errorType, `DNS server failed (${text}) for ${name}`);
}

export function noDnsAnswer(name: string, waitedUs: number): Ending {
  return {
    outcome: 'timeout',
    errorType: 'dns.timeout',
    reason: `DNS did not answer for ${name} in ${secondsText(waitedUs)}`,
  };
}

/** The server answers others, and its client went on as if it had been answered too. */
export function noAnswerSeen(name: string, waitedUs: number): Ending {
  return {
    outcome: 'unknown',
    errorType: 'no_response',
    reason: `no DNS answer for ${name} was seen in ${secondsText(waitedUs)}, and nobody asked again`,
  };
}

export function dnsUnreachable(server: string, code: string): Ending {
  return failed('dns.unreachable', `DNS server ${server} unreachable (${code})`);
}
