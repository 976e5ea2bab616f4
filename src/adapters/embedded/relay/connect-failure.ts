import {
  connectFailed,
  nameServerFailed,
  nameUnknown,
  noAnswer,
  refused,
  unreachable,
  type Ending,
} from '../../../domain/calls/protocols/transport.ts';

export interface RelayTarget {
  readonly host: string;
  readonly port: number;
}

interface Attempt {
  readonly server: string;
  readonly target: RelayTarget;
  readonly waitedUs: number;
}

/** The error of a connection attempt as the ending of a call. */
export function connectFailureOf(error: unknown, { server, target, waitedUs }: Attempt): Ending {
  const code = codeOf(error);
  const address = `${target.host}:${target.port}`;
  switch (code) {
    case 'ECONNREFUSED':
      return refused(server, target.port);
    case 'ETIMEDOUT':
      return noAnswer(address, waitedUs);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return unreachable(target.host, code);
    case 'ENOTFOUND':
      return nameUnknown(target.host);
    case 'EAI_AGAIN':
      return nameServerFailed(target.host);
    default:
      return connectFailed(address, code);
  }
}

/** With several addresses tried, the error that all have in common, or the first. */
function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return error.code;
  return 'unknown';
}
