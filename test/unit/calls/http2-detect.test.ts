import { describe, expect, it } from 'vitest';
import { HTTP2_DETECTOR } from '../../../src/domain/calls/protocols/http2/http2-detect.ts';
import { frame, get, joinedBytes, PREFACE, SETTINGS } from '../../support/http2-frames.ts';

function detected(client: string | Uint8Array, server: string | Uint8Array = ''): string {
  return HTTP2_DETECTOR.detect(joinedBytes(client), joinedBytes(server));
}

describe('recognising HTTP/2', () => {
  it('does it by the preface, by settings of the server and by frames', () => {
    expect(detected(PREFACE)).toBe('yes');
    expect(detected(joinedBytes(PREFACE, SETTINGS))).toBe('yes');
    expect(detected('PRI * HTTP/2.0\r')).toBe('yes');
    expect(detected('', SETTINGS)).toBe('yes');
    expect(detected('', frame(4, 0, 0, [0, 3, 0, 0, 0, 9]).subarray(0, 9))).toBe('yes');
    expect(detected('', frame(1, 5, 3, [0x88]))).toBe('yes');
    expect(detected(joinedBytes(get(3, '/a'), SETTINGS))).toBe('yes');
  });

  it('waits for the rest of the preface', () => {
    expect(detected('')).toBe('maybe');
    expect(detected('PRI * ')).toBe('maybe');
  });

  it.each([
    ['GET / HTTP/1.1\r\n', ''],
    ['PRI * HTTP/1.1\r\n', ''],
    ['', 'SSH-2.0-x'],
    ['', '\u0000\u0000\u0000\u0004\u0001'],
    ['', '\u0000\u0000\u0000\u0004\u0002\u0000\u0000\u0000\u0000'],
    ['\u0000\u0000\u0000\u0008\u0004\u0000\u0000\u0000\u0001', ''],
    ['\u0000\u0000\u0000\u0000\u0001\u0000\u0000\u0000\u0002', ''],
    ['\u0020\u0000\u0000\u0000\u0001\u0000\u0000\u0000\u0001', ''],
    ['\u0000\u0000\u0000\u0000\u0001\u0001\u0000\u0000\u0001', ''],
    ['\u0000\u0000\u0009\u0000\u0001\u0000\u0000\u0000\u0001x', ''],
  ])('says no to %j and %j', (client, server) => {
    expect(detected(client, server)).toBe('no');
  });
});
