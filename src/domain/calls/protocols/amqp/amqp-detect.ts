import type { Detection, Detector } from '../decoder.ts';
import { createAmqp } from './amqp.ts';
import { canBegin, GREETING } from './amqp-frames.ts';

/** AMQP 0-9-1 by its greeting; in the middle of a connection by a whole frame with a method. */

export const AMQP_DETECTOR: Detector = {
  protocol: 'amqp',
  detect: (client, server) => (client.length > 0 ? detectClient(client) : detectFrame(server)),
  create: createAmqp,
};

function detectClient(client: Uint8Array): Detection {
  const text = new TextDecoder('latin1').decode(client.subarray(0, GREETING.length));
  if (text === GREETING) return 'yes';
  return GREETING.startsWith(text) ? 'maybe' : detectFrame(client);
}

function detectFrame(bytes: Uint8Array): Detection {
  if (bytes.length === 0) return 'maybe';
  return canBegin(bytes) ? 'yes' : 'no';
}
