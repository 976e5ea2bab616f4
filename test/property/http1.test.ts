import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedCall } from '../../src/domain/calls/protocols/decoder.ts';
import {
  bytesOf,
  callsOf,
  client,
  end,
  play,
  recorder,
  reset,
  server,
  START_US,
  type Step,
} from '../support/conversations.ts';

/** Conversations whose truth is known: request n asks for `/n` and is answered with status n. */

interface Turn {
  readonly method: string;
  readonly status: number;
  readonly requestBody: number;
  readonly responseBody: number;
  readonly isRequestChunked: boolean;
  readonly framing: 'length' | 'chunked';
  readonly interim: boolean;
}

const turn: fc.Arbitrary<Turn> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'HEAD', 'DELETE'),
  status: fc.constantFrom(200, 201, 204, 301, 304, 404, 429, 500, 503, 504),
  requestBody: fc.nat(40),
  responseBody: fc.nat(60),
  isRequestChunked: fc.boolean(),
  framing: fc.constantFrom('length', 'chunked'),
  interim: fc.boolean(),
});

function chunked(body: string): string {
  const half = Math.floor(body.length / 2);
  const chunks = [body.slice(0, half), body.slice(half)].filter((chunk) => chunk !== '');
  return `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`;
}

function requestOf(each: Turn, index: number): string {
  const line = `${each.method} /${index} HTTP/1.1\r\nHost: cart\r\n`;
  const body = 'q'.repeat(each.method === 'POST' ? each.requestBody : 0);
  if (body === '') return `${line}\r\n`;
  return each.isRequestChunked
    ? `${line}Transfer-Encoding: chunked\r\n\r\n${chunked(body)}`
    : `${line}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function responseOf(each: Turn): string {
  const interim = each.interim ? 'HTTP/1.1 103 Early Hints\r\n\r\n' : '';
  const line = `${interim}HTTP/1.1 ${each.status} Some Words\r\n`;
  const hasBody = each.method !== 'HEAD' && each.status !== 204 && each.status !== 304;
  const body = 'a'.repeat(each.responseBody);
  if (each.framing === 'chunked') {
    return `${line}Transfer-Encoding: chunked\r\n\r\n${hasBody ? chunked(body) : ''}`;
  }
  return `${line}Content-Length: ${body.length}\r\n\r\n${hasBody ? body : ''}`;
}

/** Batches: the requests of one are sent together, then all its answers. */
function conversation(batches: readonly (readonly Turn[])[]): readonly Step[] {
  const steps: Step[] = [];
  let index = 0;
  for (const [at, batch] of batches.entries()) {
    steps.push(client(batch.map((each) => requestOf(each, index++)).join(''), at * 10));
    steps.push(server(batch.map((each) => responseOf(each)).join(''), at * 10 + 5));
  }
  return steps;
}

function outcomeOf(status: number): string {
  if (status < 400) return 'ok';
  if (status === 504) return 'timeout';
  return status < 500 ? 'client_error' : 'server_error';
}

/** Cuts every step at random places. */
function cut(steps: readonly Step[], cuts: readonly number[]): readonly Step[] {
  let next = 0;
  return steps.flatMap((step) => {
    if (step.kind !== 'bytes') return [step];
    const pieces: Step[] = [];
    let at = 0;
    while (at < step.bytes.length) {
      const size = Math.max(1, cuts[next % cuts.length] ?? 1);
      next += 1;
      pieces.push({ ...step, bytes: step.bytes.subarray(at, at + size) });
      at += size;
    }
    return pieces;
  });
}

/** Drops pieces, telling the decoder at the next piece of that side how many bytes are missing. */
function drop(steps: readonly Step[], isDropped: (place: number) => boolean): readonly Step[] {
  const lost = { client: 0, server: 0 };
  return steps.flatMap((step, place): readonly Step[] => {
    if (step.kind !== 'bytes') return [step];
    if (isDropped(place)) {
      lost[step.side] += step.bytes.length;
      return [];
    }
    const piece = { ...step, lost: lost[step.side] };
    lost[step.side] = 0;
    return [piece];
  });
}

const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 });

describe('any HTTP/1 conversation', () => {
  it('is told whole and in order, however it was cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(turn, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
        cuts,
        (batches, sizes) => {
          const steps = conversation(batches);
          const calls = callsOf(cut(steps, sizes));
          expect(calls.map((call) => `${call.operation} ${call.status} ${call.outcome}`)).toEqual(
            batches
              .flat()
              .map(
                (each, index) =>
                  `${each.method} /${index} ${each.status} ${outcomeOf(each.status)}`,
              ),
          );
          expect(calls).toEqual(callsOf(steps));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it.each([
    ['one request at a time', 1],
    ['pipelined batches', 4],
  ])('never gives a call an answer that is not its own when bytes are lost: %s', (_, size) => {
    const batches = fc.array(fc.array(turn, { minLength: 1, maxLength: size }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        batches,
        cuts,
        fc.array(fc.nat(99), { minLength: 1, maxLength: 40 }),
        (made, sizes, dice) => {
          const steps = drop(
            cut(conversation(made), sizes),
            (place) => (dice[place % dice.length] ?? 0) < 12,
          );
          const truth = made.flat().map((each) => each.status);
          expect(callsOf(steps).filter((call) => isWrong(call, truth))).toEqual([]);
        },
      ),
      { numRuns: 6_000 },
    );
  });

  it('pairs again after a loss when requests come one at a time', () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 7, maxLength: 12 }), fc.nat(3), (turns, lostTurn) => {
        const steps = drop(
          conversation(turns.map((each) => [each])),
          (place) => Math.floor(place / 2) === lostTurn,
        );
        const last = callsOf(steps).at(-1);
        expect(last?.operation).toBe(`${turns.at(-1)?.method} /${turns.length - 1}`);
        expect(last?.status).toBe(turns.at(-1)?.status);
      }),
      { numRuns: 500 },
    );
  });
});

/** Says something about a request that is not true of it; or is sure without having seen which it was. */
function isWrong(call: DecodedCall, truth: readonly number[]): boolean {
  const index = /\/(\d+)$/u.exec(call.operation)?.[1];
  if (call.outcome === 'unknown' || call.protocol === 'tcp') return false;
  if (index === undefined) return call.confidence === 'high';
  const status = truth[Number(index)] ?? 0;
  return call.status !== status || call.outcome !== outcomeOf(status);
}

/** Bytes that look like HTTP in places, events in any order. */
const fragment = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .constantFrom(
      'GET / HTTP/1.1\r\n',
      'POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Content-Length: 99999999999999999999\r\n',
      'CONNECT a:1 HTTP/1.1\r\n\r\n',
      'Upgrade: x\r\n',
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.1 101 Go\r\n\r\n',
      'HTTP/1.1 500 x\r\nContent-Type: application/json\r\n',
      '\r\n',
      '\r\n\r\n',
      '5\r\nabcde\r\n',
      '0\r\n\r\n',
      'fffffffffffff\r\n',
      ' folded\r\n',
      '{"message":"',
    )
    .map((text) => bytesOf(text)),
);

const event: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fragment, fc.nat(50)).map(([bytes, atMs]) => client(bytes, atMs)),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(fragment, fc.nat(50)).map(([bytes, atMs]) => server(bytes, atMs)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fragment, fc.constantFrom(1, 7, 1e9, Infinity), fc.boolean())
      .map(([bytes, lost, isClient]) =>
        isClient ? client(bytes, 9, lost) : server(bytes, 9, lost),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<'client' | 'server'>('client', 'server').map((side) => end(side)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<'client' | 'server'>('client', 'server').map((side) => reset(side)),
  },
);

function isImpossible(call: DecodedCall): boolean {
  if (call.outcome !== 'ok') return call.reason === null || call.errorType === null;
  return call.protocol === 'http' && (call.status === null || call.status >= 400);
}

describe('any bytes at all', () => {
  it('never make the decoder throw, nor say ok without a status, nor tell a call twice', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.boolean(), (events, startsLikeHttp) => {
        const { calls, decoder } = recorder();
        play(decoder, startsLikeHttp ? [client('GET /first HTTP/1.1\r\n'), ...events] : events);
        const open = decoder.openCalls(START_US + 60_000_000);
        decoder.onCaptureEnd(START_US + 60_000_000);
        expect(decoder.openCalls(START_US)).toEqual([]);
        expect([...calls, ...open].filter((call) => isImpossible(call))).toEqual([]);
        const indexes = calls.map((call) => call.index);
        expect(new Set(indexes).size).toBe(indexes.length);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('memory', () => {
  it('does not grow with a body of 100 MB', () => {
    const { calls, decoder } = recorder();
    const piece = new Uint8Array(65_536).fill(120);
    play(decoder, [client('POST /up HTTP/1.1\r\nContent-Length: 104857600\r\n\r\n')]);
    const { decoder: chunkedDecoder, calls: chunkedCalls } = recorder();
    play(chunkedDecoder, [
      client('GET /down HTTP/1.1\r\n\r\n'),
      server('HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n'),
    ]);
    const before = process.memoryUsage();
    for (let sent = 0; sent < 104_857_600; sent += piece.length) {
      decoder.onClientBytes(piece, START_US);
      chunkedDecoder.onServerBytes(bytesOf('10000\r\n'), START_US);
      chunkedDecoder.onServerBytes(piece, START_US);
      chunkedDecoder.onServerBytes(bytesOf('\r\n'), START_US);
    }
    const after = process.memoryUsage();
    expect(
      after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers,
    ).toBeLessThan(16_000_000);
    chunkedDecoder.onServerBytes(bytesOf('0\r\n\r\n'), START_US);
    expect(chunkedCalls[0]?.reason?.length).toBeLessThan(350);
    expect(calls).toEqual([]);
    expect(decoder.openCalls(START_US)).toHaveLength(1);
  });
});
