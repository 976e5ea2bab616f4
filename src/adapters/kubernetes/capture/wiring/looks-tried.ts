import type { Call } from '../../../../domain/calls/call.ts';

/** Whether a call may be what a tap tried: nothing is said on its connection, or hands are shaken by TLS at most. */
export function looksTried({ protocol, firstByteAtUs, errorType }: Call): boolean {
  const isSilent = protocol === 'tcp' && firstByteAtUs === null;
  return isSilent || protocol === 'tls' || errorType?.startsWith('tls.') === true;
}
