import type { Detection, Detector } from '../decoder.ts';
import { HandingOver } from '../handing-over.ts';
import { beginsWithSettings, findFrame, PREFACE } from './frame-head.ts';
import { Http2Decoder } from './http2.ts';

/** HTTP/2 by the client's preface, by a server that sends its settings first, or by frames of a connection that was joined late. */

/** As much of the preface as nothing else begins with. */
const PREFACE_BYTES_SURE = 14;

export const HTTP2_DETECTOR: Detector = {
  protocol: 'http2',
  detect: detectHttp2,
  create: (context) => new HandingOver((handOver) => new Http2Decoder(context, handOver)),
};

function detectHttp2(client: Uint8Array, server: Uint8Array): Detection {
  if (client.length === 0) return server.length === 0 ? 'maybe' : detectServer(server);
  const text = new TextDecoder('latin1').decode(client.subarray(0, PREFACE.length));
  if (PREFACE.startsWith(text)) return text.length >= PREFACE_BYTES_SURE ? 'yes' : 'maybe';
  if (text.startsWith(PREFACE.slice(0, PREFACE_BYTES_SURE))) return 'yes';
  return findFrame(client) === 0 ? 'yes' : 'no';
}

function detectServer(server: Uint8Array): Detection {
  return beginsWithSettings(server) || findFrame(server) === 0 ? 'yes' : 'no';
}
