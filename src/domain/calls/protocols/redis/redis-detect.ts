import type { Detection, Detector } from '../decoder.ts';
import { createRedis } from './redis.ts';
import { isRespLine } from './resp.ts';

/** Redis by an array of bulk strings; by a line of a known command once the answer is in RESP. */

export const REDIS_DETECTOR: Detector = {
  protocol: 'redis',
  detect: detectRedis,
  create: createRedis,
};

const COMMAND_ARRAY = /^\*[1-9]\d{0,6}\r\n\$\d{1,9}\r\n/u;
const MAYBE_ARRAY = /^\*(?:[1-9]\d{0,6}(?:\r(?:\n(?:\$(?:\d{1,9}\r?)?)?)?)?)?$/u;
const INLINE =
  /^(?:PING|ECHO|AUTH|HELLO|INFO|SELECT|GET|SET|DEL|INCR|EXISTS|KEYS|TTL|QUIT|COMMAND|CLIENT|MONITOR|SUBSCRIBE)(?:[ \t][^\r\n]*)?\r?\n/iu;
const MAYBE_INLINE = /^[A-Za-z]{0,9}(?:[ \t][^\r\n]*)?\r?$/u;
/** Answers that no other protocol begins with. */
const ANSWER = /^(?::\d+|\$(?:-1|\d+)|[*%]\d+\r\n[$*:+%].*)\r\n/u;
const TEXT = new TextDecoder('latin1');

function detectRedis(client: Uint8Array, server: Uint8Array): Detection {
  const asked = TEXT.decode(client.subarray(0, 64));
  if (client.length === 0) return server.length === 0 ? 'maybe' : detectAnswer(server);
  if (COMMAND_ARRAY.test(asked)) return 'yes';
  if (MAYBE_ARRAY.test(asked)) return 'maybe';
  if (server.length === 0) return INLINE.test(asked) || MAYBE_INLINE.test(asked) ? 'maybe' : 'no';
  return INLINE.test(asked) ? detectLine(server) : 'no';
}

function detectLine(server: Uint8Array): Detection {
  const lf = server.indexOf(10);
  if (!isRespLine(TEXT.decode(server.subarray(0, lf < 0 ? 64 : lf)))) return 'no';
  return lf < 0 ? 'maybe' : 'yes';
}

/** Redis never speaks first: this is the middle of a connection. */
function detectAnswer(server: Uint8Array): Detection {
  return ANSWER.test(TEXT.decode(server)) ? 'yes' : 'no';
}
