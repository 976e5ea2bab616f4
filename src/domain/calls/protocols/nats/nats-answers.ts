import { OK } from '../transport.ts';
import { endingOfHeaders, endingOfStatus, type Headed } from './nats-endings.ts';
import type { NatsMessage } from './nats-lines.ts';

/** Whether an answer says by itself that it is an error: by its headers, or as JetStream does in its text. */

/** Of the content so much is seen. */
const SEEN_BYTES = 256;
const JETSTREAM = '$JS.';
const JETSTREAM_ERROR =
  /^\{[^{}]{0,200}"error":\{"code":(\d{3})(?:,"err_code":\d+)?(?:,"description":"([^"]{0,200})")?/u;

const NOT_READ: Headed = {
  ending: {
    outcome: 'unknown',
    errorType: 'nats.not_read',
    reason: 'an answer came whose headers could not be read to their end',
  },
  status: null,
};

/** @param subject - Of the request. */
export function answerOf(message: NatsMessage, subject: string, start: Uint8Array): Headed {
  const text = new TextDecoder().decode(start);
  if (message.hasHeaders) return endingOfHeaders(text) ?? NOT_READ;
  if (!subject.startsWith(JETSTREAM)) return { ending: OK, status: null };
  if (start.length < Math.min(message.bytes, SEEN_BYTES)) return NOT_READ;
  const error = JETSTREAM_ERROR.exec(text);
  return error === null
    ? { ending: OK, status: null }
    : endingOfStatus(Number(error[1]), error[2] ?? '');
}
