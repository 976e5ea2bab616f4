import { MORE, NONE } from '../bytes/frames.ts';
import type { Detection, Detector } from '../decoder.ts';
import { measure, REQUEST, RESPONSE } from './memcached-frames.ts';
import { MemcachedDecoder } from './memcached.ts';
import { TOO_MANY } from './memcached-endings.ts';
import { isSureCommand } from './memcached-text.ts';

/** Memcached by a whole first line, or by a whole head of its binary protocol. */

export const MEMCACHED_DETECTOR: Detector = {
  protocol: 'memcached',
  detect: (client, server) =>
    isBinary(client) || isBinary(server)
      ? detectBinary(client, server)
      : detectLines(client, server),
  create: (context) => new MemcachedDecoder(context),
};

const TEXT = new TextDecoder('latin1');
/** Commands that other protocols of lines know too: their answer tells. */
const SHARED_COMMAND =
  /^(?:version|stats(?: [\w ]{1,60})?|flush_all(?: \d{1,9})?|mn|verbosity \d)\r?\n/u;
const SHARED_ANSWER = /^(?:VERSION \d|STAT |OK\r\n|MN\r\n|RESET\r\n)/u;
const MAYBE_LINE = /^[a-z_]{0,12}(?: [ -~]*\r?)?$/u;
const SURE_ANSWER =
  /^(?:VALUE \S{1,250} \d{1,10} \d{1,10}(?: \d{1,20})?\r\n|(?:NOT_)?STORED\r\n|STAT pid \d)/u;
const LINE_BYTES_MAX = 512;

function detectLines(client: Uint8Array, server: Uint8Array): Detection {
  const said = TEXT.decode(server);
  if (client.length === 0) return server.length === 0 ? 'maybe' : detectAnswer(said);
  const asked = TEXT.decode(client.subarray(0, LINE_BYTES_MAX));
  const lf = asked.indexOf('\n');
  if (lf < 0) return MAYBE_LINE.test(asked) ? 'maybe' : 'no';
  if (isSureCommand(asked.slice(0, lf).replace(/\r$/u, ''))) return 'yes';
  if (!SHARED_COMMAND.test(asked)) return 'no';
  if (said === '') return 'maybe';
  return SHARED_ANSWER.test(said) ? 'yes' : 'no';
}

/** Memcached speaks first only to refuse a connection; else this is the middle of one. */
function detectAnswer(said: string): Detection {
  return SURE_ANSWER.test(said) || TOO_MANY.test(said) ? 'yes' : 'no';
}

function isBinary(bytes: Uint8Array): boolean {
  return bytes[0] === REQUEST || bytes[0] === RESPONSE;
}

function detectBinary(client: Uint8Array, server: Uint8Array): Detection {
  return client.length > 0 ? detectHead(client, REQUEST) : detectHead(server, RESPONSE);
}

function detectHead(bytes: Uint8Array, magic: number): Detection {
  const length = measure(bytes, magic);
  if (length === MORE) return 'maybe';
  return length === NONE ? 'no' : 'yes';
}
