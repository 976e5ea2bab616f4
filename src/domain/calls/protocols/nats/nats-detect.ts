import type { Detection, Detector } from '../decoder.ts';
import { HandingOver } from '../handing-over.ts';
import { NatsDecoder } from './nats.ts';

/** NATS by what its server says first; joined late, by a line with a subject and a size, and its end. */

export const NATS_DETECTOR: Detector = {
  protocol: 'nats',
  detect: (client, server) =>
    server.length > 0 ? detectServer(server, client) : detectClient(client),
  create: (context) => new HandingOver((handOver) => new NatsDecoder(context, handOver)),
};

const GREETING = 'INFO {';
const GREETED = /^INFO \{[^\r]*"(?:server_id|server_name|max_payload)"/u;
const SUBJECT = '[^\\s]{1,200}';
const SERVED = new RegExp(
  `^(?:MSG ${SUBJECT} \\d{1,9}(?: ${SUBJECT})? \\d{1,9}|HMSG ${SUBJECT} \\d{1,9}(?: ${SUBJECT})? \\d{1,9} \\d{1,9})\\r\\n`,
  'u',
);
const ASKED = new RegExp(
  `^(?:CONNECT \\{[^\\r\\n]*"(?:verbose|lang|user|jwt)"|PUB ${SUBJECT}(?: ${SUBJECT})? \\d{1,9}\\r\\n|` +
    `HPUB ${SUBJECT}(?: ${SUBJECT})? \\d{1,9} \\d{1,9}\\r\\n|SUB ${SUBJECT}(?: ${SUBJECT})? \\d{1,9}\\r\\n)`,
  'u',
);
const MAYBE_ASKED = /^(?:[A-Z]{0,7}|(?:CONNECT|H?PUB|SUB) [^\r\n]*\r?)$/u;

function detectServer(server: Uint8Array, client: Uint8Array): Detection {
  const text = textOf(server);
  if (GREETED.test(text) || SERVED.test(text)) return 'yes';
  if (GREETING.startsWith(text.slice(0, GREETING.length))) {
    return text.includes('\r') || text.length >= SEEN_BYTES ? 'no' : 'maybe';
  }
  return client.length > 0 && ASKED.test(textOf(client)) ? 'yes' : 'no';
}

function detectClient(client: Uint8Array): Detection {
  const text = textOf(client);
  if (ASKED.test(text)) return 'yes';
  return MAYBE_ASKED.test(text) ? 'maybe' : 'no';
}

const SEEN_BYTES = 512;

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}
