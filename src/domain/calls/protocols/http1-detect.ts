import type { Detection, Detector } from './decoder.ts';
import { Http1Decoder } from './http1.ts';

/** HTTP/1 by its first line. */

const KNOWN_REQUEST = /^(?:GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|TRACE) (?:\/|\*|https?:\/)/u;
const WHOLE_REQUEST_LINE = /^[A-Za-z][\w-]{0,31} \S+ HTTP\/1\.\d\r?$/u;
const MAYBE_REQUEST_LINE = /^(?:[A-Za-z][\w-]{0,31}(?: [^ ]*(?: [HTP/1.\d]*\r?)?)?)?$/u;
const RESPONSE_START = 'HTTP/1.';

export const HTTP1_DETECTOR: Detector = {
  protocol: 'http',
  detect: detectHttp1,
  create: (context) => new Http1Decoder(context),
};

/** A request line, or an answer whose request was not seen. */
function detectHttp1(client: Uint8Array, server: Uint8Array): Detection {
  if (client.length > 0 || server.length === 0) return detectRequest(asciiOf(client));
  const start = asciiOf(server).slice(0, RESPONSE_START.length);
  if (start === RESPONSE_START) return 'yes';
  return RESPONSE_START.startsWith(start) ? 'maybe' : 'no';
}

function detectRequest(bytes: string): Detection {
  const text = bytes.replace(/^[\r\n]+/u, '');
  if (KNOWN_REQUEST.test(text)) return 'yes';
  const lf = text.indexOf('\n');
  if (lf >= 0) return WHOLE_REQUEST_LINE.test(text.slice(0, lf)) ? 'yes' : 'no';
  return MAYBE_REQUEST_LINE.test(text) ? 'maybe' : 'no';
}

function asciiOf(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}
