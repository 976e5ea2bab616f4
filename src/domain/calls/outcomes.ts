import type { Call } from './call.ts';
import { CLIENT_ABORT } from './protocols/transport.ts';

/** What the outcome of one call says by itself. Marks: red = the server's or the way's failure, amber = perhaps. */

export function isRed(call: Call): boolean {
  return (
    call.outcome === 'server_error' ||
    call.outcome === 'transport_error' ||
    call.outcome === 'timeout'
  );
}

export function isAmber(call: Call): boolean {
  return call.outcome === 'client_error' || call.outcome === 'cancelled';
}

export function isFailed(call: Call): boolean {
  return isRed(call) || isAmber(call);
}

/** Refused for how many asked, whatever they asked for. */
export function isThrottled({ protocol, status }: Call): boolean {
  return protocol === 'http' && status === 429;
}

/**
 * The client stopped waiting: whatever the server was doing then decided. A status may have come before, with
 * a body that did not, or afterwards, to nobody; else one of a timeout is the server's own word.
 */
export function isGivenUp({ outcome, status, errorType }: Call): boolean {
  if (outcome === 'cancelled') return true;
  return outcome === 'timeout' && (status === null || errorType === CLIENT_ABORT);
}

/** Protocols of which a whole connection is one call. */
const WHOLE_CONNECTIONS = new Set(['tcp', 'tls', 'websocket']);

export function isWholeConnection({ protocol }: Call): boolean {
  return WHOLE_CONNECTIONS.has(protocol);
}

/** A connection whose content nobody reads: it says nothing about single requests. */
export function isOpaque(call: Call): boolean {
  return isWholeConnection(call) && !isFailed(call);
}

/** A store did not let its caller in, or not to what it named: credentials are the caller's configuration. */
export function isTurnedAway(call: Call): boolean {
  return TURNED_AWAY.test(codeOf(call));
}

const TURNED_AWAY =
  /^(?:postgres\.(?:28|3D)[0-9A-Z]{3}|mysql\.104[459]|redis\.(?:NOAUTH|WRONGPASS)|mongodb\.AuthenticationFailed|amqp\.ACCESS_REFUSED)$/u;

/** Neither failure nor success was seen. */
export function isUnseen(call: Call): boolean {
  return call.outcome === 'unknown' && !isOpaque(call);
}

/** When the client knew how it ended: first byte of an answer, else the end, else never. */
export function decidedAtUs(call: Call): number {
  const end = call.endedAtUs ?? Infinity;
  if (isGivenUp(call) || call.outcome === 'transport_error') return end;
  return call.firstByteAtUs ?? end;
}

/** The stable class of a failed call: `http.500`, `tcp.refused`, `no_response`. */
export function codeOf(call: Call): string {
  const type = call.errorType ?? endOf(call);
  return /^[0-9A-Z_]+$/u.test(type) ? `${call.protocol}.${type}` : type;
}

/** How it ended, in a word: the status where one was seen. */
export function endOf(call: Call): string {
  return String(call.status ?? call.outcome);
}

/** Protocols whose operations hold paths that name single things. */
const WITH_PATHS = new Set(['http', 'websocket']);

/**
 * The operation without what differs from call to call: path segments with a digit become `{}`, as do the
 * variables of a route that spans tell (`{id}`, `:id`, `<id>`).
 */
export function routeOf(call: Call): string {
  if (!WITH_PATHS.has(call.protocol)) return call.operation;
  return call.operation.replaceAll(
    /\/(?:\{[^/\s]*\}|:[^/\s]+|<[^/\s]*>|[^/\s]*\d[^/\s]*)/gu,
    '/{}',
  );
}

/** What it asked of whom. */
export function targetOf(call: Call): string {
  return `${call.server} ${routeOf(call)}`;
}

/** `0.4s`, `12s`: for sentences. */
export function secondsOf(us: number): string {
  const seconds = Math.max(0, us) / 1_000_000;
  return `${seconds >= 10 ? Math.round(seconds) : Number(seconds.toPrecision(2))}s`;
}
