import { byteAt, uint32At } from '../byte-at.ts';
import type { Detection, Detector } from '../decoder.ts';
import { HandingOver } from '../handing-over.ts';
import { CANCEL_REQUEST, GSS_REQUEST, PostgresDecoder } from './postgres.ts';
import { fillsPiece, isReady } from './postgres-reader.ts';

/** PostgreSQL by the first message of a client, or, joined late, by messages that fill a piece. */

const PROTOCOL_3 = 3;
/** Messages with which a client begins to ask. */
const FIRST_TYPES = new Set(['Q', 'P', 'B']);

export const POSTGRES_DETECTOR: Detector = {
  protocol: 'postgres',
  detect: (client, server) => (client.length > 0 ? detectClient(client) : detectServer(server)),
  create: (context) => new HandingOver((handOver) => new PostgresDecoder(context, handOver)),
};

function detectClient(client: Uint8Array): Detection {
  if (client[0] !== 0 || (client[1] !== undefined && client[1] !== 0)) return detectTyped(client);
  if (client.length < 8) return 'maybe';
  const code = uint32At(client, 4);
  const isRequest = code >= CANCEL_REQUEST && code <= GSS_REQUEST;
  return isRequest || code >>> 16 === PROTOCOL_3 ? 'yes' : 'no';
}

function detectTyped(client: Uint8Array): Detection {
  const asks = FIRST_TYPES.has(String.fromCharCode(byteAt(client, 0)));
  return asks && fillsPiece(client, 'client') ? 'yes' : 'no';
}

function detectServer(server: Uint8Array): Detection {
  if (server.length === 0) return 'maybe';
  const isAnswer = server.length >= 6 && isReady(server, server.length - 6);
  return isAnswer && fillsPiece(server, 'server') ? 'yes' : 'no';
}
