import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedCall } from '../../src/domain/calls/protocols/decoder.ts';
import {
  callsOf,
  client,
  end,
  inPieces,
  play,
  recorder,
  reset,
  server,
  START_US,
  type Step,
} from '../support/conversations.ts';
import { heldBytes } from '../support/held-memory.ts';
import {
  data,
  END_STREAM,
  frame,
  get,
  goaway,
  grpc,
  grpcAnswer,
  headers,
  indexed,
  inserted,
  joinedBytes,
  PREFACE,
  rst,
  SETTINGS,
} from '../support/http2-frames.ts';
import {
  bind,
  BOUND,
  done,
  error,
  EXECUTE,
  parse,
  PARSED,
  query,
  READY,
  ROWS,
  SSL,
  START,
  SYNC,
  WELCOME,
} from '../support/postgres-messages.ts';

/** Runs of each fuzz test; a million takes minutes. */
const RUNS = Number(process.env['OFFSHOOT_FUZZ_RUNS'] ?? 3_000);
/** No input of a few kilobytes takes longer, whatever it says. */
const MS_MAX = 2_000;

interface Truth {
  readonly steps: readonly Step[];
  /** What each operation ended with: operations are unique. */
  readonly outcomes: ReadonlyMap<string, string>;
}

const http2Turn = fc.record({
  kind: fc.constantFrom('get', 'grpc'),
  status: fc.constantFrom(200, 204, 404, 500, 503),
  code: fc.constantFrom('0', '5', '13', '14'),
  body: fc.nat(300),
});

const GRPC_OUTCOMES: Readonly<Record<string, string>> = {
  '0': 'ok',
  '5': 'client_error',
  '13': 'server_error',
  '14': 'server_error',
};

const http2: fc.Arbitrary<Truth> = fc
  .array(http2Turn, { minLength: 1, maxLength: 8 })
  .map((turns) => {
    const steps: Step[] = [client(joinedBytes(PREFACE, SETTINGS)), server(SETTINGS)];
    const outcomes = new Map<string, string>();
    for (const [place, { kind, status, code, body }] of turns.entries()) {
      const stream = 2 * place + 1;
      const body200 = 'x'.repeat(body);
      if (kind === 'grpc') {
        steps.push(
          client(grpc(stream, `/s/M${place}`)),
          server(grpcAnswer(stream, { 'grpc-status': code })),
        );
        outcomes.set(`/s/M${place}`, GRPC_OUTCOMES[code] ?? '');
      } else {
        const head = frame(1, 4, stream, inserted(8, String(status)));
        const asked = frame(1, 5, stream, joinedBytes(indexed(2), inserted(4, `/n${place}`)));
        steps.push(client(asked), server(joinedBytes(head, data(stream, body200, END_STREAM))));
        outcomes.set(
          `GET /n${place}`,
          status < 400 ? 'ok' : status < 500 ? 'client_error' : 'server_error',
        );
      }
    }
    return { steps, outcomes };
  });

const postgresTurn = fc.record({
  kind: fc.constantFrom('simple', 'extended'),
  code: fc.constantFrom('', '42P01', 'XX000'),
});

const postgres: fc.Arbitrary<Truth> = fc
  .array(postgresTurn, { minLength: 1, maxLength: 8 })
  .map((turns) => {
    const steps: Step[] = [client(START), server(WELCOME)];
    const outcomes = new Map([['CONNECT shop', 'ok']]);
    for (const [place, { kind, code }] of turns.entries()) {
      const sql = `select 1 from t${place}`;
      const failed = code === '' ? null : error(code, 'no');
      if (kind === 'simple')
        steps.push(client(query(sql)), server(joinedBytes(failed ?? ROWS, READY)));
      else {
        steps.push(client(joinedBytes(parse(sql), bind(), EXECUTE, SYNC)));
        steps.push(server(joinedBytes(PARSED, failed ?? joinedBytes(BOUND, done()), READY)));
      }
      outcomes.set(
        `SELECT t${place}`,
        code === '' ? 'ok' : code === '42P01' ? 'client_error' : 'server_error',
      );
    }
    return { steps, outcomes };
  });

const CONVERSATIONS = [
  ['HTTP/2 and gRPC', http2],
  ['PostgreSQL', postgres],
] as const;

/** Drops pieces; the next one of that side tells how many bytes are missing. */
function dropped(steps: readonly Step[], dice: readonly number[]): readonly Step[] {
  const lost = { client: 0, server: 0 };
  return steps.flatMap((step, place): readonly Step[] => {
    if (step.kind !== 'bytes') return [step];
    if ((dice[place % dice.length] ?? 99) < 8) {
      lost[step.side] += step.bytes.length;
      return [];
    }
    const piece = { ...step, lost: lost[step.side] };
    lost[step.side] = 0;
    return [piece];
  });
}

function isUntrue(call: DecodedCall, outcomes: ReadonlyMap<string, string>): boolean {
  if (call.outcome === 'unknown' || call.protocol === 'tcp') return false;
  if (call.operation === 'unknown') return call.confidence === 'high';
  return outcomes.get(call.operation) !== call.outcome;
}

describe.each(CONVERSATIONS)('a conversation in %s', (_, conversation) => {
  it('is told whole, however it was cut', () => {
    fc.assert(
      fc.property(conversation, fc.integer({ min: 1, max: 90 }), ({ steps, outcomes }, size) => {
        const calls = callsOf(steps);
        expect(calls.map((call) => [call.operation, call.outcome])).toEqual([...outcomes]);
        expect(callsOf(inPieces(steps, size))).toEqual(calls);
      }),
      { numRuns: 300 },
    );
  });

  it('is never told as what it was not, whatever was lost', () => {
    fc.assert(
      fc.property(
        conversation,
        fc.integer({ min: 5, max: 200 }),
        fc.array(fc.nat(99), { minLength: 1, maxLength: 40 }),
        ({ steps, outcomes }, size, dice) => {
          const calls = callsOf(dropped(inPieces(steps, size), dice));
          expect(calls.filter((call) => isUntrue(call, outcomes))).toEqual([]);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

const PIECES: readonly Uint8Array[] = [
  joinedBytes(PREFACE, SETTINGS),
  get(1, '/a'),
  grpc(3, '/s/M'),
  grpcAnswer(3, { 'grpc-status': '0' }),
  headers(1, { ':status': '200' }, END_STREAM),
  rst(1, 8),
  goaway(1, 2, 'x'),
  joinedBytes('GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n'),
  joinedBytes('HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n'),
  joinedBytes('HTTP/1.1 101 S\r\nUpgrade: h2c\r\n\r\n'),
  Uint8Array.of(0x88, 2, 3, 0xe8),
  Uint8Array.of(0x82, 127, 0, 1, 2, 3, 4, 5, 6, 7),
  START,
  SSL,
  joinedBytes('S'),
  joinedBytes('N'),
  WELCOME,
  query('select 1'),
  joinedBytes(parse('select 1 from a'), bind(), EXECUTE, SYNC),
  joinedBytes(PARSED, BOUND, ROWS, READY),
  joinedBytes(error('42P01', 'no'), READY),
  Uint8Array.of(22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 3),
  Uint8Array.of(21, 3, 3, 0, 2, 2, 40),
  Uint8Array.of(23, 3, 3, 0, 1, 9),
];

const mutated = fc
  .tuple(fc.constantFrom(...PIECES), fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }))
  .map(([piece, changes]) => {
    const bytes = piece.slice();
    for (const [place, value] of changes) if (value % 3 === 0) bytes[place % bytes.length] = value;
    return bytes;
  });
const bytes = fc.oneof(
  { weight: 6, arbitrary: mutated },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
);
const side = fc.constantFrom<'client' | 'server'>('client', 'server');
const event: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(side, bytes, fc.nat(50))
      .map(([from, content, atMs]) =>
        from === 'client' ? client(content, atMs) : server(content, atMs),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(side, bytes, fc.constantFrom(1, 9, 1e9, Infinity))
      .map(([from, content, lost]) =>
        from === 'client' ? client(content, 9, lost) : server(content, 9, lost),
      ),
  },
  { weight: 1, arbitrary: side.map((each) => end(each)) },
  { weight: 1, arbitrary: side.map((each) => reset(each)) },
);

function isImpossible(call: DecodedCall): boolean {
  if (call.outcome !== 'ok') return call.reason === null || call.errorType === null;
  return call.errorType !== null || call.reason !== null;
}

describe('any bytes at all', () => {
  it.each(PIECES.map((piece, place) => [place, piece] as const))(
    'never make a decoder throw, take long, or tell a call twice, after beginning %i',
    (place, beginning) => {
      fc.assert(
        fc.property(fc.array(event, { maxLength: 24 }), fc.boolean(), (events, isClients) => {
          const startedAt = performance.now();
          const { calls, decoder } = recorder();
          play(decoder, [isClients ? client(beginning) : server(beginning), ...events]);
          const open = decoder.openCalls(START_US + 60_000_000);
          decoder.onCaptureEnd(START_US + 60_000_000);
          expect(decoder.openCalls(START_US)).toEqual([]);
          expect([...calls, ...open].filter((call) => isImpossible(call))).toEqual([]);
          expect(new Set(calls.map((call) => call.index)).size).toBe(calls.length);
          expect(performance.now() - startedAt).toBeLessThan(MS_MAX);
        }),
        { numRuns: Math.ceil(RUNS / PIECES.length) + place },
      );
    },
  );
});

describe('memory', () => {
  it.each([
    ['data of HTTP/2', get(1, '/'), frame(0, 0, 1, new Uint8Array(16_384))],
    [
      'rows of PostgreSQL',
      joinedBytes(START),
      joinedBytes('D', [0, 0, 64, 4], new Uint8Array(16_384)),
    ],
    [
      'records of TLS',
      Uint8Array.of(22, 3, 1, 0, 1, 1),
      joinedBytes([23, 3, 3, 64, 0], new Uint8Array(16_384)),
    ],
  ])('does not grow with 100 MB of %s', (_, first, piece) => {
    const { calls, decoder } = recorder();
    play(decoder, [client(_ === 'data of HTTP/2' ? joinedBytes(PREFACE, SETTINGS, first) : first)]);
    const before = heldBytes();
    for (let sent = 0; sent < 104_857_600; sent += piece.length) {
      decoder.onServerBytes(piece.subarray(0, 9_000), START_US);
      decoder.onServerBytes(piece.subarray(9_000), START_US);
    }
    expect(heldBytes() - before).toBeLessThan(4_000_000);
    expect(calls).toEqual([]);
  });
});
