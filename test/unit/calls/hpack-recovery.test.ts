import { describe, expect, it } from 'vitest';
import { HeaderDecoder } from '../../../src/domain/calls/protocols/http2/hpack.ts';
import { HeaderEncoder, type Fields } from '../../support/hpack-encoder.ts';
import { indexed, inserted, joinedBytes, tableSize } from '../../support/http2-frames.ts';

const GET = request('/cart.Cart/Get');
const PUT = request('/cart.Cart/Put');
const FINE = answer('0', '');
const GONE = answer('5', 'gone');

function request(path: string): Fields {
  return [
    [':method', 'POST'],
    [':path', path],
    [':authority', 'cart'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ['user-agent', 'some'],
  ];
}

function answer(status: string, message: string): Fields {
  return [
    [':status', '200'],
    ['content-type', 'application/grpc'],
    ['grpc-status', status],
    ['grpc-message', message],
  ];
}

/** What is told of the last list after those before it were lost, and the ones before those were not. */
function after(
  seen: readonly Fields[],
  lost: readonly Fields[],
  last: Fields,
  { isGrpc = false, tableBytes = 4_096 } = {},
): Fields | string {
  const encoder = new HeaderEncoder(tableBytes);
  const decoder = new HeaderDecoder();
  decoder.decode(tableSize(tableBytes));
  for (const list of seen) decoder.decode(encoder.encode(list), isGrpc);
  for (const list of lost) encoder.encode(list);
  decoder.forget();
  const told = decoder.decode(encoder.encode(last), isGrpc) ?? [];
  return told.every(({ name, value }) => name !== null && value !== null)
    ? told.map(({ name, value }) => [name ?? '', value ?? ''])
    : told.map(({ name, value }) => (value === null ? '?' : (name ?? '?='))).join(' ');
}

describe('a compression table after a loss', () => {
  it('is known again by lasting fields, whatever was inserted meanwhile', () => {
    expect(after([GET], [], GET)).toEqual(GET);
    expect(after([GET], [PUT], GET)).toEqual(GET);
    expect(after([GET, PUT], [request('/a'), request('/b')], PUT)).toEqual(PUT);
  });

  it('does not know what was inserted meanwhile', () => {
    const told = after([GET], [PUT], PUT);
    expect(told).toBe(':method ? ? ? ? ?');
  });

  it('knows an answer to gRPC by its content type', () => {
    expect(after([FINE, GONE], [], GONE, { isGrpc: true })).toEqual(GONE);
    expect(after([FINE, GONE], [answer('13', 'no')], FINE, { isGrpc: true })).toEqual(FINE);
    expect(after([FINE, GONE], [], GONE)).toBe(':status ? ? ?');
  });

  it.each([
    [
      'a field that can be any of several',
      [GET, [...GET.slice(0, 2), ...request('/').slice(2, 3)]],
    ],
    ['a list of fields that was never seen', []],
  ])('proves nothing by %s', (_, seen) => {
    expect(after(seen, [], [[':method', 'POST'], ...GET.slice(2, 3)])).not.toEqual(GET);
  });

  it('proves nothing by lasting fields of which there were two', () => {
    const other: Fields = GET.map(([name, value]) => [name, name === 'te' ? 'other' : value]);
    const short: Fields = [GET[0] ?? ['', ''], ['te', 'trailers'], ['user-agent', 'some']];
    expect(after([GET, short, other], [], short)).toBe(':method ? ?');
    expect(after([GET, short], [], short)).toEqual(short);
  });

  it('proves nothing where two numbers of entries explain the same', () => {
    const far: Fields = [
      [':authority', 'cart'],
      ['te', 'trailers'],
    ];
    const near: Fields = [
      ['user-agent', 'some'],
      ['server', 'other'],
    ];
    expect(after([far, near], [], far)).toBe('? ?');
    expect(after([far], [], far)).toEqual(far);
  });

  it('is not known again where entries may have made room', () => {
    expect(after([GET], [], GET, { tableBytes: 2_048 })).toBe(':method ? ? ? ? ?');
  });

  it('is not known again after it was resized, or emptied by a field too large for it', () => {
    for (const block of [tableSize(4_096), inserted('large', 'x'.repeat(5_000))]) {
      const encoder = new HeaderEncoder(4_096);
      const decoder = new HeaderDecoder();
      decoder.decode(encoder.encode(GET));
      decoder.forget();
      decoder.decode(block);
      expect(decoder.decode(encoder.encode(GET))?.at(-1)?.value).toBeNull();
    }
  });

  it('is known again after a second loss, with what came between', () => {
    const encoder = new HeaderEncoder(4_096);
    const decoder = new HeaderDecoder();
    decoder.decode(encoder.encode(GET));
    decoder.forget();
    decoder.decode(encoder.encode([['x', '1']]));
    decoder.forget();
    expect(decoder.decode(encoder.encode(GET))?.map(({ value }) => value)).toEqual(
      GET.map(([, value]) => value),
    );
    expect(decoder.decode(indexed(62))).toEqual([{ name: null, value: null }]);
  });

  it('follows lists of any length, and remembers the usual ones', () => {
    const long = Array.from({ length: 65 }, (_, place) => [`x-${place}`, 'v'] as const);
    const decoder = new HeaderDecoder();
    const encoder = new HeaderEncoder(65_536);
    decoder.decode(tableSize(65_536));
    for (let place = 0; place < 70; place += 1) decoder.decode(encoder.encode([['x', `${place}`]]));
    for (let place = 0; place < 70; place += 1) decoder.decode(encoder.encode([[`y${place}`, '']]));
    decoder.decode(encoder.encode(long));
    decoder.forget();
    const told = decoder.decode(joinedBytes(encoder.encode(long)));
    expect(told).toHaveLength(65);
    expect(told?.every(({ name }) => name === null)).toBe(true);
  });
});
