import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaderDecoder } from '../../src/domain/calls/protocols/http2/hpack.ts';
import type { HeaderField } from '../../src/domain/calls/protocols/http2/static-table.ts';
import { HeaderEncoder, type Fields } from '../support/hpack-encoder.ts';
import { tableSize } from '../support/http2-frames.ts';

/** What is told of header blocks after others were lost is what they said, or nothing. */

const PATHS = ['/s/Get', '/s/Put', '/s/Gone', '/s/Broken', '/s/Slow'];

const request = fc
  .record({
    path: fc.constantFrom(...PATHS),
    timeout: fc.constantFrom('', '10S', '9999m', '100m'),
    authority: fc.constantFrom('cart', 'cart', 'cart', 'orders'),
    trace: fc.constantFrom('', '', 'a1', 'b2', 'c3'),
    isGrpc: fc.constantFrom(true, true, false),
  })
  .map(({ path, timeout, authority, trace, isGrpc }): Fields => [
    [':method', isGrpc ? 'POST' : 'GET'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', authority],
    ...(isGrpc
      ? ([
          ['content-type', 'application/grpc'],
          ['te', 'trailers'],
        ] as const)
      : []),
    ['user-agent', 'some'],
    ...(timeout === '' ? [] : ([['grpc-timeout', timeout]] as const)),
    ...(trace === '' ? [] : ([['traceparent', trace]] as const)),
  ]);

const status = fc.constantFrom('0', '0', '0', '5', '13', '14');
const message = fc.constantFrom('', '', 'no', 'gone', 'some other');
const failure = fc
  .tuple(status, message, fc.boolean())
  .map(([code, text, hasDetails]): Fields => [
    ['grpc-status', code],
    ['grpc-message', text],
    ...(hasDetails ? ([['grpc-status-details-bin', code]] as const) : []),
  ]);
const grpcHead: Fields = [
  [':status', '200'],
  ['content-type', 'application/grpc'],
];
const accepting: Fields = [...grpcHead, ['grpc-accept-encoding', 'gzip']];
const page = fc
  .record({
    code: fc.constantFrom('200', '404', '418', '503'),
    type: fc.constantFrom('application/json', 'text/html'),
    date: fc.constantFrom('1', '2', '3', '4', '5'),
    server: fc.constantFrom('nginx', 'nginx', 'nginx', 'envoy'),
  })
  .map(({ code, type, date, server }): Fields => [
    [':status', code],
    ['server', server],
    ['content-type', type],
    ['date', date],
  ]);
/** Blocks of one direction, some in twos. */
const answer = fc.oneof(
  fc.tuple(fc.constantFrom(grpcHead, accepting), failure),
  fc.tuple(failure.map((trailers): Fields => [...grpcHead, ...trailers])),
  fc.tuple(page),
);

const KINDS = [
  ['requests', request.map((fields): readonly Fields[] => [fields])],
  ['answers', answer.map((fields): readonly Fields[] => fields)],
] as const;

describe.each(KINDS)('header blocks of %s', (_, blocks) => {
  const conversation = fc
    .array(blocks, { minLength: 1, maxLength: 40 })
    .map((lists) => lists.flat());

  const losses = fc.record({
    dice: fc.array(fc.nat(99), { minLength: 3, maxLength: 60 }),
    percent: fc.constantFrom(5, 15, 40),
  });
  const tables = fc.record({
    bytes: fc.constantFrom(300, 3_000, 4_096, 4_096),
    isMessageWrittenOut: fc.boolean(),
  });

  it('are never told as what they did not say, whatever was lost before them', () => {
    fc.assert(
      fc.property(conversation, tables, losses, (lists, table, { dice, percent }) => {
        const { isMessageWrittenOut, bytes } = table;
        const encoder = new HeaderEncoder(
          bytes,
          (name) => isMessageWrittenOut && name === 'grpc-message',
        );
        const decoder = new HeaderDecoder();
        decoder.decode(tableSize(bytes));
        const wrong = lists.flatMap((list, place) => {
          const block = encoder.encode(list);
          if ((dice[place % dice.length] ?? 0) < percent) decoder.forget();
          else return untrue(decoder.decode(block, isAnswerOfGrpc(list)) ?? [], list);
          return [];
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
  });
});

/** As the request told. */
function isAnswerOfGrpc(fields: Fields): boolean {
  const isRequest = fields.some(([name]) => name === ':method');
  return !isRequest && !fields.some(([, value]) => /json|html/u.test(value));
}

function untrue(told: readonly HeaderField[], truth: Fields): readonly HeaderField[] {
  return told.filter(({ name, value }, place) => {
    const [trueName, trueValue] = truth[place] ?? [];
    return (name !== null && name !== trueName) || (value !== null && value !== trueValue);
  });
}
