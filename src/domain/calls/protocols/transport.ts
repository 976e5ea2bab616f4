import type { Outcome } from '../call.ts';

/**
 * How a call ends when the transport, not an answer, decides: classes and reason texts. A class is
 * the `errorType` of the call and stable; texts are for people.
 */

export interface Ending {
  readonly outcome: Outcome;
  readonly errorType: string | null;
  readonly reason: string | null;
}

export const OK: Ending = { outcome: 'ok', errorType: null, reason: null };

/**
 * Ages at which callers usually give up. A call that ends within 3 % of one ended by a timeout, and so did one that
 * ends a tenth of a second after: a timer may fire late where processors are busy, never early.
 */
const TIMEOUT_SECONDS_USUAL = [1, 2, 3, 5, 10, 15, 30, 60];
const TIMEOUT_TOLERANCE_RATIO = 0.03;
const TIMER_LATE_SECONDS_MAX = 0.1;

export function looksLikeTimeout(ageUs: number): boolean {
  return TIMEOUT_SECONDS_USUAL.some((seconds) => {
    const lateSeconds = ageUs / 1e6 - seconds;
    const tolerance = seconds * TIMEOUT_TOLERANCE_RATIO;
    const latest = Math.max(tolerance, TIMER_LATE_SECONDS_MAX);
    return lateSeconds >= -tolerance - 1e-9 && lateSeconds <= latest + 1e-9;
  });
}

function failed(errorType: string, reason: string): Ending {
  return { outcome: 'transport_error', errorType, reason };
}

function untold(errorType: string, reason: string): Ending {
  return { outcome: 'unknown', errorType, reason };
}

export function refused(server: string, port: number): Ending {
  return failed('tcp.refused', `connection refused by ${server}:${port}`);
}

/** Nobody runs the server: there is no address to connect to. */
export function noEndpoints(server: string): Ending {
  return failed('tcp.no_endpoints', `${server} is not running: it had no address to connect to`);
}

export function noAnswer(address: string, waitedUs: number): Ending {
  return failed('tcp.no_answer', `no answer from ${address} for ${secondsText(waitedUs)}`);
}

export function unreachable(address: string, code: string): Ending {
  return failed('tcp.unreachable', `${address} unreachable (${code})`);
}

export function connectFailed(address: string, code: string): Ending {
  return failed('tcp.connect_failed', `could not connect to ${address} (${code})`);
}

export function nameUnknown(host: string): Ending {
  return failed('dns.nxdomain', `name ${host} does not exist`);
}

export function nameServerFailed(host: string): Ending {
  return failed('dns.servfail', `DNS server failed for ${host}`);
}

export function relayFull(limit: number): Ending {
  return failed('tcp.relay_full', `refused by the relay: ${limit} connections are open already`);
}

export function closedBeforeResponse(server: string, detail = ''): Ending {
  return failed(
    'tcp.closed_before_response',
    `${server} closed the connection without answering${detail}`,
  );
}

export function resetBeforeResponse(server: string, ageUs: number, operation: string): Ending {
  const after = `${(ageUs / 1000).toFixed(1).replace(/\.0$/u, '')} ms`;
  return failed(
    'tcp.reset_before_response',
    `${server} reset the connection after ${after} without answering ${operation}`,
  );
}

export function connectionReset(server: string, bytes: number): Ending {
  return failed('tcp.reset', `${server} reset the connection after ${bytes} bytes from it`);
}

/** @param whole - Bytes announced; null when the framing does not say. */
export function truncated(got: number, whole: number | null): Ending {
  return failed('tcp.truncated', truncatedText(got, whole));
}

export function truncatedText(got: number, whole: number | null): string {
  return whole === null
    ? `response cut at ${got} bytes, before its end`
    : `response cut at ${got} of ${whole} bytes`;
}

export function truncatedHead(got: number): Ending {
  return failed('tcp.truncated', `response cut at ${got} bytes, inside its header`);
}

export function plainToTls(client: string): Ending {
  return failed('tls.plain_mismatch', `${client} spoke http to a https port`);
}

/** Error type of a call whose client went away while it was owed an answer. */
export const CLIENT_ABORT = 'tcp.client_abort';

/** The client went away while it was owed an answer. */
export function clientAbort(client: string, ageUs: number): Ending {
  return {
    outcome: looksLikeTimeout(ageUs) ? 'timeout' : 'cancelled',
    errorType: CLIENT_ABORT,
    reason: `${client} gave up after ${secondsText(ageUs)}`,
  };
}

export function noResponseYet(server: string, ageUs: number): Ending {
  return untold(
    'no_response',
    `no response from ${server} within ${secondsText(ageUs)}, when the recording ended`,
  );
}

export function stillOpen(): Ending {
  return untold('tcp.open', 'still open when the recording ended');
}

export function unanswered(client: string, detail: string): Ending {
  return untold('tcp.unanswered', `${client} closed the connection ${detail}`);
}

export function bytesLost(): Ending {
  return untold('bytes_lost', 'the answer was not seen: bytes of the connection were lost');
}

export function notFollowed(errorType: string, why: string): Ending {
  return untold(errorType, `${why}; the connection was not followed further`);
}

export function secondsText(us: number): string {
  return `${(us / 1e6).toFixed(3).replace(/\.?0+$/u, '')}s`;
}
