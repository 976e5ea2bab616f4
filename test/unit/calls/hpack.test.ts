import { describe, expect, it } from 'vitest';
import { HeaderDecoder, TABLE_BYTES_MAX } from '../../../src/domain/calls/protocols/http2/hpack.ts';
import { huffmanText } from '../../../src/domain/calls/protocols/http2/huffman.ts';
import { bytesOf } from '../../support/conversations.ts';
import {
  hex,
  indexed,
  inserted,
  joinedBytes,
  plain,
  tableSize,
} from '../../support/http2-frames.ts';

function told(decoder: HeaderDecoder, block: Uint8Array): readonly string[] | null {
  return decoder.decode(block)?.map(({ name, value }) => `${name}: ${value}`) ?? null;
}

const REQUESTS = [
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
  [
    ':method: GET',
    ':scheme: http',
    ':path: /',
    ':authority: www.example.com',
    'cache-control: no-cache',
  ],
  [
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ],
];

describe('header compression', () => {
  it.each([
    [
      'plain text',
      [
        '828684410f7777772e6578616d706c652e636f6d',
        '828684be58086e6f2d6361636865',
        '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
      ],
    ],
    [
      'Huffman code',
      [
        '828684418cf1e3c2e5f23a6ba0ab90f4ff',
        '828684be5886a8eb10649cbf',
        '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
      ],
    ],
  ])('reads the requests of RFC 7541, appendix C, in %s', (_, blocks) => {
    const decoder = new HeaderDecoder();
    expect(blocks.map((block) => told(decoder, hex(block)))).toEqual(REQUESTS);
  });

  it('reads the responses of appendix C.6 in a table of 256 bytes, dropping the oldest', () => {
    const decoder = new HeaderDecoder();
    decoder.decode(joinedBytes([0x3f, 0xe1, 0x01]));
    const first = told(
      decoder,
      hex(
        '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
      ),
    );
    expect(first).toEqual([
      ':status: 302',
      'cache-control: private',
      'date: Mon, 21 Oct 2013 20:13:21 GMT',
      'location: https://www.example.com',
    ]);
    expect(told(decoder, hex('4883640effc1c0bf'))?.[0]).toBe(':status: 307');
    const third = told(
      decoder,
      hex(
        '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
      ),
    );
    expect(third?.at(-1)).toBe(
      'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
    );
  });

  it('does not know what is older than what it has seen', () => {
    const decoder = new HeaderDecoder();
    decoder.decode(inserted('a', '1'));
    decoder.forget();
    expect(
      told(decoder, joinedBytes(indexed(62), inserted(63, 'x'), indexed(62), indexed(0))),
    ).toEqual(['null: null', 'null: x', 'null: x', 'null: null']);
  });

  it('drops what the table has no room for', () => {
    const decoder = new HeaderDecoder();
    decoder.decode(joinedBytes(tableSize(70), inserted('a', '1'), inserted('b', '2')));
    expect(told(decoder, joinedBytes(indexed(62), indexed(63)))).toEqual(['b: 2', 'a: 1']);
    decoder.decode(inserted('c', '3'));
    expect(told(decoder, joinedBytes(indexed(62), indexed(63), indexed(64)))).toEqual([
      'c: 3',
      'b: 2',
      'null: null',
    ]);
    expect(told(decoder, joinedBytes(inserted('long', 'x'.repeat(70)), indexed(62)))).toEqual([
      `long: ${'x'.repeat(70)}`,
      'null: null',
    ]);
    decoder.decode(tableSize(10 * TABLE_BYTES_MAX));
    for (let each = 0; each < 9; each += 1) decoder.decode(inserted('n', 'v'.repeat(8_000)));
    expect(told(decoder, joinedBytes(indexed(69), indexed(70)))).toEqual([
      `n: ${'v'.repeat(8_000)}`,
      'null: null',
    ]);
  });

  it.each([
    ['a number that does not end', [0xff, 0x80]],
    ['a number that is too long', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00]],
    ['a text that is longer than its block', [0x00, 0x05, 0x61]],
    ['a text without a length', [0x00]],
    ['a code that stands for nothing', [0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00]],
  ])('gives up on %s, and forgets', (_, bytes) => {
    const decoder = new HeaderDecoder();
    decoder.decode(inserted('a', '1'));
    expect(decoder.decode(Uint8Array.from(bytes))).toBeNull();
    expect(told(decoder, joinedBytes(indexed(62), plain('b', '2')))).toEqual([
      'null: null',
      'b: 2',
    ]);
  });

  it('knows padding from what is none', () => {
    expect(huffmanText(Uint8Array.of(0b0001_1111), 0, 1)).toBe('a');
    expect(huffmanText(Uint8Array.of(0b0001_1110), 0, 1)).toBeNull();
    expect(huffmanText(Uint8Array.of(0b0001_1111, 0xff), 0, 2)).toBeNull();
    expect(huffmanText(bytesOf(''), 0, 0)).toBe('');
  });
});
