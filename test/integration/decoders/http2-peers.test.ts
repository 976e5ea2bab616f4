import { connect, createServer, type ClientHttp2Session } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RelayBench } from '../../support/relays.ts';

/** Node's own HTTP/2 on both sides of a relay: what real peers write is read. */

let bench: RelayBench;
beforeEach(() => {
  bench = new RelayBench();
});
afterEach(() => bench.close());

async function ask(session: ClientHttp2Session, headers: Record<string, string>): Promise<void> {
  const stream = session.request(headers);
  stream.on('error', () => undefined);
  stream.resume();
  stream.end();
  await new Promise<void>((resolve) => {
    stream.on('close', () => resolve());
  });
}

describe('HTTP/2 between real peers', () => {
  it('is told with names, statuses and trailers, over many requests of one connection', async () => {
    const server = createServer();
    server.on('stream', (stream, headers) => {
      const path = String(headers[':path']);
      stream.on('error', () => undefined);
      if (path.startsWith('/shop.Cart/')) {
        stream.respond(
          { ':status': 200, 'content-type': 'application/grpc' },
          { waitForTrailers: true },
        );
        stream.on('wantTrailers', () => {
          stream.sendTrailers({ 'grpc-status': '5', 'grpc-message': 'no%20cart' });
        });
        stream.end(Buffer.alloc(5));
      } else if (path === '/reset') stream.close(2);
      else {
        stream.respond({ ':status': path === '/bad' ? 500 : 200, 'content-type': 'text/plain' });
        stream.end(path === '/bad' ? 'out of stock' : 'x'.repeat(70_000));
      }
    });
    const relay = await bench.relay(await bench.listen(server));
    const session = connect(`http://127.0.0.1:${relay.port}`);
    session.on('error', () => undefined);
    for (let round = 0; round < 3; round += 1) await ask(session, { ':path': `/cart/${round}` });
    await ask(session, { ':path': '/bad' });
    await ask(session, { ':path': '/reset' });
    await ask(session, {
      ':method': 'POST',
      ':path': '/shop.Cart/Get',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    session.close();
    const calls = await bench.callsWhen(6);
    expect(
      calls.map((call) => `${call.protocol} ${call.operation} ${call.outcome} ${call.reason}`),
    ).toEqual([
      'http GET /cart/0 ok null',
      'http GET /cart/1 ok null',
      'http GET /cart/2 ok null',
      'http GET /bad server_error 500 from cart GET /bad: out of stock',
      'http GET /reset transport_error cart reset the stream (INTERNAL_ERROR) without answering GET /reset',
      'grpc /shop.Cart/Get client_error 5 NOT_FOUND from cart /shop.Cart/Get: no cart',
    ]);
  });
});
