import type { ConnectionContext, Decoder } from './decoder.ts';
import { HandingOver, opaqueFrom } from './handing-over.ts';
import type { Exchange } from './http1-exchange.ts';
import type { ResponseHead } from './http1-head.ts';
import { Http2Decoder } from './http2/http2.ts';
import { WebSocketDecoder } from './websocket/websocket.ts';

/**
 * Who reads a connection after HTTP/1 gave way to another protocol.
 *
 * @param exchange - The one that asked for it. Where the other protocol brings its answer, what is known
 * of its answer is forgotten: it is not to be told here.
 */
export function afterUpgrade(
  head: ResponseHead,
  exchange: Exchange,
  context: ConnectionContext,
  atUs: number,
): Decoder {
  const protocol = head.upgrade.toLowerCase();
  if (protocol === 'websocket') {
    return new HandingOver(() => new WebSocketDecoder(context, exchange.name, atUs));
  }
  if (protocol !== 'h2c') return opaqueFrom(context, atUs);
  exchange.forgetAnswer();
  return new HandingOver((handOver) => new Http2Decoder(context, handOver, exchange));
}
