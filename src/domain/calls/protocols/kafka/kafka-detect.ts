import { Cursor } from '../bytes/cursor.ts';
import type { Detection, Detector } from '../decoder.ts';
import { createKafka } from './kafka.ts';
import { isKnownHead, LENGTH_BYTES } from './kafka-requests.ts';

/** Kafka by the head of a request: a length, a known api and version, a client id that can be read. */

export const KAFKA_DETECTOR: Detector = {
  protocol: 'kafka',
  detect: detectKafka,
  create: createKafka,
};

const FIRST_FRAME_BYTES_MAX = 16_777_216;
const HEAD_BYTES = 14;
const CLIENT_ID = /^[ -~]*$/u;

function detectKafka(client: Uint8Array, server: Uint8Array): Detection {
  if (client.length === 0) return server.length === 0 ? 'maybe' : 'no';
  if (client[0] !== 0) return 'no';
  if (client.length < 8) return 'maybe';
  const length = new Cursor(client).int32();
  if (length < 10 || length > FIRST_FRAME_BYTES_MAX || !isKnownHead(client)) return 'no';
  return client.length < HEAD_BYTES ? 'maybe' : detectClientId(client, length);
}

function detectClientId(client: Uint8Array, length: number): Detection {
  const idLength = new Cursor(client, LENGTH_BYTES + 8).int16();
  if (idLength < -1 || idLength > Math.min(255, length - 10)) return 'no';
  const end = HEAD_BYTES + Math.max(0, idLength);
  const id = new TextDecoder('latin1').decode(client.subarray(HEAD_BYTES, end));
  if (!CLIENT_ID.test(id)) return 'no';
  return client.length >= end ? 'yes' : 'maybe';
}
