import { OK, type Ending } from '../protocols/transport.ts';
import { endingWithoutAnswer } from './exceptions.ts';
import type { Span } from './span.ts';

const NOT_ENDED: Ending = {
  outcome: 'unknown',
  errorType: 'no_response',
  reason: 'its span had not ended',
};
const NO_STATUS: Ending = {
  outcome: 'unknown',
  errorType: 'no_status',
  reason: 'its span says neither a status nor an error',
};

/** Where a status is no number: what ended without an error went well, by the rules of OpenTelemetry. */
export function plainEnding(span: Span, what: string): Ending {
  if (span.status.code === 'error') return endingWithoutAnswer(span, what);
  return span.endedAtUs === null ? NOT_ENDED : OK;
}

/** Where every answer has a status: without one it was not seen, and is not `ok`. */
export function endingWithoutStatus(span: Span, what: string): Ending {
  if (span.status.code !== 'unset') return plainEnding(span, what);
  return span.endedAtUs === null ? NOT_ENDED : NO_STATUS;
}
