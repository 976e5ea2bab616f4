import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedCall } from '../../src/domain/calls/protocols/decoder.ts';
import { brief, callsOf, client, inPieces, server, type Step } from '../support/conversations.ts';
import { dropped } from '../support/dropped.ts';
import {
  column,
  command,
  eof,
  error,
  execute,
  greeting,
  NO_EOF,
  ok,
  okEnd,
  packet,
  prepared,
  query,
  signIn,
} from '../support/samples/mysql.ts';
import { bytes } from '../support/samples/sample.ts';

/** Conversations with MySQL in every form of result, of which each statement names another table. */

interface Truth {
  readonly steps: readonly Step[];
  /** What each operation ended with: operations are unique. */
  readonly outcomes: ReadonlyMap<string, string>;
}

const turn = fc.record({
  kind: fc.constantFrom('query', 'prepare', 'several'),
  code: fc.constantFrom(0, 0, 0, 1146, 1205, 1213),
  columns: fc.integer({ min: 1, max: 3 }),
  rows: fc.nat(4),
  width: fc.nat(200),
});
type Turn = typeof turn extends fc.Arbitrary<infer Each> ? Each : never;

const OUTCOMES: Readonly<Record<number, string>> = {
  0: 'ok',
  1146: 'client_error',
  1205: 'timeout',
  1213: 'server_error',
};

function result(
  { columns, rows, width }: Turn,
  hasEofs: boolean,
  status = 2,
  from = 1,
): Uint8Array {
  let number = from;
  const next = (): number => {
    number += 1;
    return number - 1;
  };
  const parts = [packet(next(), columns), ...Array.from({ length: columns }, () => column(next()))];
  if (hasEofs) parts.push(eof(next()));
  for (let row = 0; row < rows; row += 1)
    parts.push(packet(next(), 0xfc, width, 0, 'x'.repeat(width)));
  parts.push(hasEofs ? eof(next(), status) : okEnd(next(), status));
  return bytes(...parts);
}

function failure(code: number, from = 1): Uint8Array {
  return error(code, code === 1146 ? '42S02' : 'HY000', 'no', from);
}

function spoken(each: Turn, place: number, hasEofs: boolean): readonly Step[] {
  const { kind, code, columns, rows } = each;
  const sql = `SELECT 1 FROM t${place}`;
  const last = code === 0 ? result(each, hasEofs) : failure(code);
  if (kind === 'query') return [client(query(sql)), server(last)];
  if (kind === 'prepare') {
    const definitions = Array.from({ length: columns }, (_, at) => column(at + 2));
    const end = hasEofs ? [eof(columns + 2)] : [];
    return [
      client(command(0x16, sql)),
      server(bytes(prepared(place, columns, 0), ...definitions, ...end)),
      client(execute(place)),
      server(last),
    ];
  }
  const second = columns + rows + (hasEofs ? 4 : 3);
  const first = result(each, hasEofs, 10);
  const rest = code === 0 ? ok(second) : failure(code, second);
  return [client(query(`${sql}; DO 1`)), server(bytes(first, rest))];
}

const conversation: fc.Arbitrary<Truth> = fc
  .tuple(fc.array(turn, { minLength: 1, maxLength: 8 }), fc.boolean())
  .map(([turns, hasEofs]) => {
    const capabilities = hasEofs ? 0 : NO_EOF;
    const steps: Step[] = [server(greeting()), client(signIn('shop', capabilities)), server(ok(2))];
    const outcomes = new Map([['CONNECT shop', 'ok']]);
    for (const [place, each] of turns.entries()) {
      steps.push(...spoken(each, place, hasEofs));
      if (each.kind === 'prepare') outcomes.set(`PREPARE SELECT t${place}`, 'ok');
      outcomes.set(`SELECT t${place}`, OUTCOMES[each.code] ?? '');
    }
    return { steps, outcomes };
  });

function isUntrue(call: DecodedCall, outcomes: ReadonlyMap<string, string>): boolean {
  if (call.outcome === 'unknown') return false;
  if (call.confidence === 'high') return outcomes.get(call.operation) !== call.outcome;
  const told = [...outcomes].filter(
    ([operation]) => operation.startsWith(call.operation) || call.operation === 'unknown',
  );
  return !told.some(([, outcome]) => outcome === call.outcome);
}

describe('a conversation with MySQL', () => {
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
          const untrue = calls.filter((call) => isUntrue(call, outcomes));
          expect(untrue.map((call) => brief(call))).toEqual([]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is told again once a whole question and its answer were seen after a loss', () => {
    fc.assert(
      fc.property(conversation, fc.nat(30), ({ steps }, place) => {
        const last = [1, 2, 3].flatMap((each) => [
          client(query(`SELECT 1 FROM last${each}`)),
          server(failure(1146)),
        ]);
        const at = 3 + (place % (steps.length - 3));
        const dice = Array.from([...steps, ...last], (_, step) => (step === at ? 0 : 99));
        const calls = callsOf(dropped([...steps, ...last], dice));
        expect(calls.at(-1)).toMatchObject({ operation: 'SELECT last3', outcome: 'client_error' });
      }),
      { numRuns: 300 },
    );
  });
});
