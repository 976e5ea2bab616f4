import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedCall } from '../../src/domain/calls/protocols/decoder.ts';
import { brief, callsOf, client, inPieces, server, type Step } from '../support/conversations.ts';
import { droppedInTime } from '../support/dropped.ts';
import { CONNECT, headed, INFO, message, publish } from '../support/samples/nats.ts';

/** Conversations with NATS, of which each request and message has another subject. */

interface Truth {
  readonly steps: readonly Step[];
  /** What each operation ended with: operations are unique. */
  readonly outcomes: ReadonlyMap<string, string>;
}

const turn = fc.record({
  kind: fc.constantFrom('request', 'request', 'publish', 'refused'),
  status: fc.constantFrom(0, 0, 0, 404, 408, 503),
  content: fc.nat(200),
  delivered: fc.nat(200),
  hasHeaders: fc.boolean(),
});
type Turn = typeof turn extends fc.Arbitrary<infer Each> ? Each : never;

const OUTCOMES: Readonly<Record<number, string>> = {
  0: 'ok',
  404: 'client_error',
  408: 'timeout',
  503: 'server_error',
};
const DENIED = 'client_error';

function answer({ status, content, hasHeaders }: Turn, inbox: string): string {
  const text = 'y'.repeat(content);
  if (status > 0) return headed(inbox, ` ${status}`);
  return hasHeaders ? headed(inbox, '\r\nA: b', text) : message(inbox, text);
}

function spoken(each: Turn, place: number, isVerbose: boolean): readonly Step[] {
  const taken = isVerbose ? '+OK\r\n' : '';
  const inbox = `_INBOX.a.${place}`;
  const subject = `shop.t${String.fromCodePoint(97 + place)}`;
  const content = 'x'.repeat(each.content);
  const delivery = message('other', '+OK\r\n'.repeat(each.delivered / 5));
  if (each.kind === 'request') {
    return [
      client(publish(subject, content, inbox)),
      server(taken + delivery + answer(each, inbox)),
    ];
  }
  const refusal = `-ERR 'Permissions Violation for Publish to "${subject}"'\r\n`;
  return [
    client(`${publish(subject, content)}PING\r\n`),
    server(`${each.kind === 'refused' ? refusal : taken}${delivery}PONG\r\n`),
  ];
}

const conversation: fc.Arbitrary<Truth> = fc
  .tuple(fc.array(turn, { minLength: 1, maxLength: 8 }), fc.boolean())
  .map(([turns, isVerbose]) => {
    const greeting = isVerbose ? CONNECT.replace(':false', ':true') : CONNECT;
    const steps: Step[] = [
      server(INFO),
      client(`${greeting}PING\r\n`),
      server(isVerbose ? '+OK\r\nPONG\r\n' : 'PONG\r\n'),
    ];
    const outcomes = new Map([
      ['CONNECT', 'ok'],
      ['PING', 'ok'],
    ]);
    for (const [place, each] of turns.entries()) {
      steps.push(...spoken(each, place, isVerbose));
      const name = each.kind === 'request' ? 'request' : 'publish';
      const outcome = each.kind === 'request' ? (OUTCOMES[each.status] ?? '') : 'ok';
      outcomes.set(
        `${name} shop.t${String.fromCodePoint(97 + place)}`,
        each.kind === 'refused' ? DENIED : outcome,
      );
    }
    return { steps, outcomes };
  });

function isUntrue(call: DecodedCall, outcomes: ReadonlyMap<string, string>): boolean {
  if (call.outcome === 'unknown') return false;
  if (call.operation !== 'unknown') return outcomes.get(call.operation) !== call.outcome;
  return ![...outcomes.values()].includes(call.outcome);
}

describe('a conversation with NATS', () => {
  it('is told whole, however it was cut', () => {
    fc.assert(
      fc.property(conversation, fc.integer({ min: 1, max: 90 }), ({ steps, outcomes }, size) => {
        const calls = callsOf(steps);
        expect(new Map(calls.map((call) => [call.operation, call.outcome]))).toEqual(outcomes);
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
          const calls = callsOf(droppedInTime(inPieces(steps, size), dice));
          const untrue = calls.filter((call) => isUntrue(call, outcomes));
          expect(untrue.map((call) => brief(call))).toEqual([]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is told again once a whole line of each side was seen after a loss', () => {
    fc.assert(
      fc.property(conversation, fc.nat(30), ({ steps }, place) => {
        const last = [1, 2, 3].flatMap((each) => [
          client(publish(`last${each}`, 'x', `_INBOX.b.${each}`)),
          server(headed(`_INBOX.b.${each}`, ' 404')),
        ]);
        const at = 3 + (place % (steps.length - 3));
        const dice = Array.from([...steps, ...last], (_, step) => (step === at ? 0 : 99));
        const calls = callsOf(droppedInTime([...steps, ...last], dice));
        expect(calls.at(-1)).toMatchObject({ operation: 'request last3', status: 404 });
      }),
      { numRuns: 300 },
    );
  });
});
