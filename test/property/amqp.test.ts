import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAmqp } from '../../src/domain/calls/protocols/amqp/amqp.ts';
import type { DecodedCall } from '../../src/domain/calls/protocols/decoder.ts';
import { callsOf, client, inPieces, server, type Step } from '../support/conversations.ts';
import { close, confirm, declare, method, publish, short } from '../support/samples/amqp.ts';
import { bytes, int16, int32 } from '../support/samples/sample.ts';

/** What is told of a client that waits for each answer is what happened, or nothing, whatever was lost. */

interface Truth {
  readonly steps: readonly Step[];
  /** What each operation ended with: operations are unique. */
  readonly outcomes: ReadonlyMap<string, string>;
}

const OPENED = [
  client(bytes(method(1, [20, 10], 0), method(1, [85, 10], 0))),
  server(bytes(method(1, [20, 11], int32(0)), method(1, [85, 11]))),
];

function stepsOf(kind: string, name: string, number: number): readonly Step[] {
  const returned = method(1, [60, 50], int16(312), short('NO_ROUTE'), short(''), short(name));
  switch (kind) {
    case 'acked':
      return [client(publish('', name)), server(confirm(80, number))];
    case 'nacked':
      return [client(publish('', name)), server(confirm(120, number))];
    case 'returned':
      return [client(publish('', name)), server(bytes(returned, confirm(80, number)))];
    case 'declared':
      return [client(declare(name)), server(method(1, [50, 11], short(name)))];
    default:
      return [
        client(declare(name)),
        server(close(1, 404, 'NOT_FOUND', [50, 10])),
        client(method(1, [20, 41])),
        ...OPENED,
      ];
  }
}

const OUTCOMES: Readonly<Record<string, string>> = {
  acked: 'ok',
  nacked: 'server_error',
  returned: 'client_error',
  declared: 'ok',
  refused: 'client_error',
};

const conversation: fc.Arbitrary<Truth> = fc
  .array(fc.constantFrom(...Object.keys(OUTCOMES)), { minLength: 1, maxLength: 12 })
  .map((kinds) => {
    const steps: Step[] = [...OPENED];
    const outcomes = new Map<string, string>();
    let published = 0;
    for (const [place, kind] of kinds.entries()) {
      const isPublish = kind !== 'declared' && kind !== 'refused';
      if (isPublish) published += 1;
      steps.push(...stepsOf(kind, `q${place}`, published));
      if (kind === 'refused') published = 0;
      const verb = isPublish ? 'basic.publish' : 'queue.declare';
      outcomes.set(`${verb} q${place}`, OUTCOMES[kind] ?? '');
    }
    return { steps, outcomes };
  });

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
  const truth = outcomes.get(call.operation);
  return call.outcome !== 'unknown' && truth !== undefined && truth !== call.outcome;
}

describe('a client of AMQP that waits for each answer', () => {
  it('is told as what it was', () => {
    fc.assert(
      fc.property(conversation, ({ steps, outcomes }) => {
        const calls = callsOf(steps, createAmqp).filter(({ operation }) => outcomes.has(operation));
        expect(calls.map((call) => [call.operation, call.outcome])).toEqual([...outcomes]);
      }),
      { numRuns: 200 },
    );
  });

  it('is never told as what it was not, whatever was lost', () => {
    fc.assert(
      fc.property(
        conversation,
        fc.integer({ min: 5, max: 200 }),
        fc.array(fc.nat(99), { minLength: 1, maxLength: 40 }),
        ({ steps, outcomes }, size, dice) => {
          const calls = callsOf(dropped(inPieces(steps, size), dice), createAmqp);
          expect(calls.filter((call) => isUntrue(call, outcomes))).toEqual([]);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
