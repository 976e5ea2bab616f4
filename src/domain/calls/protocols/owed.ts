import type { ConnectionContext } from './decoder.ts';
import {
  bytesLost,
  clientAbort,
  closedBeforeResponse,
  connectionReset,
  noResponseYet,
  resetBeforeResponse,
  stillOpen,
  truncated,
  type Ending,
} from './transport.ts';

/** How a question ends that is owed an answer when its connection ends, for protocols without rules of their own. */

export interface Owed {
  /** The operation, or `unknown`. */
  readonly name: string;
  readonly startedAtUs: number;
  readonly firstByteAtUs: number | null;
  readonly answerBytes: number;
  /** Its answer may have come among bytes that were lost. */
  readonly mayBeAnswered: boolean;
}

/** How, and when: the client's end counts from the moment it left. */
export interface TimedEnding {
  readonly ending: Ending;
  readonly endedAtUs: number | null;
}

/** @param clientEndedAtUs - When the client closed its side before; null when it did not. */
export function whenServerClosed(
  owed: Owed,
  context: ConnectionContext,
  atUs: number,
  clientEndedAtUs: number | null,
): TimedEnding {
  if (owed.mayBeAnswered) return { ending: bytesLost(), endedAtUs: atUs };
  if (clientEndedAtUs !== null) return whenClientLeft(owed, context, clientEndedAtUs);
  const ending =
    owed.firstByteAtUs === null
      ? closedBeforeResponse(context.server)
      : truncated(owed.answerBytes, null);
  return { ending, endedAtUs: atUs };
}

export function whenServerReset(
  owed: Owed,
  context: ConnectionContext,
  atUs: number,
  clientEndedAtUs: number | null,
): TimedEnding {
  if (owed.mayBeAnswered || clientEndedAtUs !== null) {
    return whenServerClosed(owed, context, atUs, clientEndedAtUs);
  }
  const ending =
    owed.firstByteAtUs === null
      ? resetBeforeResponse(context.server, atUs - owed.startedAtUs, owed.name)
      : connectionReset(context.server, owed.answerBytes);
  return { ending, endedAtUs: atUs };
}

export function whenClientLeft(owed: Owed, context: ConnectionContext, atUs: number): TimedEnding {
  const endedAtUs = Math.max(atUs, owed.startedAtUs);
  if (owed.mayBeAnswered) return { ending: bytesLost(), endedAtUs };
  return { ending: clientAbort(context.client, endedAtUs - owed.startedAtUs), endedAtUs };
}

export function whenCaptureEnded(
  owed: Owed,
  context: ConnectionContext,
  atUs: number,
  clientEndedAtUs: number | null,
): TimedEnding {
  if (owed.mayBeAnswered) return { ending: bytesLost(), endedAtUs: null };
  if (clientEndedAtUs !== null) return whenClientLeft(owed, context, clientEndedAtUs);
  if (owed.firstByteAtUs !== null) return { ending: stillOpen(), endedAtUs: null };
  return { ending: noResponseYet(context.server, atUs - owed.startedAtUs), endedAtUs: null };
}
