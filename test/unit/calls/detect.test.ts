import { describe, expect, it } from 'vitest';
import { decoderFor, UNDECIDED_BYTES_MAX } from '../../../src/domain/calls/protocols/detect.ts';
import { DETECTORS } from '../../../src/domain/calls/protocols/detectors.ts';
import { HTTP1_DETECTOR } from '../../../src/domain/calls/protocols/http1-detect.ts';
import type { Detector } from '../../../src/domain/calls/protocols/decoder.ts';
import { OpaqueDecoder } from '../../../src/domain/calls/protocols/opaque.ts';
import {
  brief,
  bytesOf,
  callsOf,
  client,
  end,
  recorder,
  server,
  START_US,
} from '../../support/conversations.ts';

function detected(clientText: string, serverText = ''): string {
  return HTTP1_DETECTOR.detect(bytesOf(clientText), bytesOf(serverText));
}

describe('recognising HTTP/1', () => {
  it.each([
    'GET /',
    'POST /pay HTTP/1.1\r\n',
    'OPTIONS * HTTP/1.1\r\n',
    'GET http://cart/ HTTP/1.1\r\n',
    'CONNECT db:5432 HTTP/1.1\r\n',
    'PROPFIND /dav HTTP/1.1\r\n',
    '\r\nM-SEARCH * HTTP/1.1\r\n',
  ])('says yes to %j', (text) => {
    expect(detected(text)).toBe('yes');
  });

  it.each(['', 'G', 'GET', 'GET ', 'PROPFIND /dav HTT', 'CONNECT db:5432 HTTP/1.1\r'])(
    'waits after %j',
    (text) => {
      expect(detected(text)).toBe('maybe');
    },
  );

  it.each([
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'SET name value\r\n',
    'get key\r\n',
    'CONNECT {"verbose":false}\r\n',
    'OPTIONS rtsp://camera RTSP/1.0\r\n',
    '*1\r\n$4\r\nPING\r\n',
    '\u0016\u0003\u0001\u0002',
    '\u0000\u0000\u0000\u0008\u0004\u00d2\u0016\u002f',
  ])('says no to %j', (text) => {
    expect(detected(text)).toBe('no');
  });

  it('knows by a server that greets first that it is something else', () => {
    expect(detected('', 'HTTP/1.1 200')).toBe('yes');
    expect(detected('', 'HTTP')).toBe('maybe');
    expect(detected('', '220 mail ready')).toBe('no');
  });
});

describe('a connection whose protocol is not known yet', () => {
  it('loses nothing of what came before the decision', () => {
    const calls = callsOf([
      client('GE', 1),
      client('T /a HTTP/1.1\r\n\r\n', 2),
      server('HTTP/1.1 204 No Content\r\n\r\n', 3),
    ]);
    expect(calls.map((call) => brief(call))).toEqual(['GET /a 204 ok']);
    expect(calls[0]?.startedAtUs).toBe(START_US + 1_000);
  });

  it('turns opaque when it stays undecided', () => {
    const long = `PROPFIND /${'x'.repeat(UNDECIDED_BYTES_MAX)}`;
    const calls = callsOf([client(long), server('?'), end('client'), end('server')]);
    expect(calls.map((call) => call.protocol)).toEqual(['tcp']);
  });

  it('counts what came before a loss, and pieces without bytes as nothing', () => {
    const calls = callsOf([
      client(''),
      client('GE'),
      client('?', 1, 50),
      server('!', 2),
      end('client', 3),
      end('server', 4),
    ]);
    expect(calls.map((call) => brief(call))).toEqual(['connect unknown bytes_lost low']);
  });

  it('has no open call before it has decided', () => {
    const { decoder } = recorder();
    expect(decoder.openCalls(START_US)).toEqual([]);
    decoder.onClientBytes(bytesOf('PU'), START_US);
    expect(decoder.openCalls(START_US)).toEqual([]);
    decoder.onClientBytes(bytesOf('T / HTTP/1.1\r\n'), START_US);
    expect(decoder.openCalls(START_US)).toHaveLength(1);
  });

  it('gives the connection to the first detector in the list that says yes', () => {
    const made: string[] = [];
    const detector = (protocol: string, answer: 'yes' | 'no' | 'maybe'): Detector => ({
      protocol,
      detect: () => answer,
      create: (context) => {
        made.push(protocol);
        return new OpaqueDecoder(context);
      },
    });
    const lists = [
      [detector('a', 'no'), detector('b', 'yes'), ...DETECTORS],
      [detector('a', 'yes'), detector('b', 'yes')],
    ];
    for (const detectors of lists) {
      callsOf([client('hello')], (context) => decoderFor(context, detectors));
    }
    expect(made).toEqual(['b', 'a']);
  });

  it('waits for a better placed detector that may still say yes', () => {
    const made: string[] = [];
    const slow: Detector = {
      protocol: 'slow',
      detect: (bytes) => (bytes.length < 30 ? 'maybe' : 'no'),
      create: (context) => {
        made.push('slow');
        return new OpaqueDecoder(context);
      },
    };
    const calls = callsOf(
      [
        client('GET / HTTP/1.1\r\n'),
        client('Host: cart.example\r\n\r\n'),
        server('HTTP/1.1 204 x\r\n\r\n'),
      ],
      (context) => decoderFor(context, [slow, HTTP1_DETECTOR]),
    );
    expect(made).toEqual([]);
    expect(calls.map((call) => brief(call))).toEqual(['GET / 204 ok']);
  });

  it('finds HTTP/1 in a connection that began before its recording', () => {
    const calls = callsOf([
      client('rest of a body', 1, Infinity),
      server('rest of an answer', 2, Infinity),
      client('GET /a HTTP/1.1\r\n\r\n', 3),
      server('HTTP/1.1 204 No Content\r\n\r\n', 4),
      client('GET /b HTTP/1.1\r\n\r\n', 5),
      server('HTTP/1.1 204 No Content\r\n\r\n', 6),
    ]);
    expect(calls.map((call) => brief(call))).toEqual([
      'GET /a unknown bytes_lost low',
      'GET /b 204 ok low',
    ]);
  });

  it('stops searching in a connection that shows nothing known', () => {
    const piece = new Uint8Array(1_048_576);
    const pieces = Array.from({ length: 5 }, () => server(piece));
    const calls = callsOf([
      client('?', 0, 9),
      ...pieces,
      client('GET /late HTTP/1.1\r\n\r\n'),
      end('client'),
      end('server'),
    ]);
    expect(calls.map((call) => brief(call))).toEqual(['connect unknown bytes_lost low']);
  });
});
