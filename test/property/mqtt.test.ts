import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedCall } from '../../src/domain/calls/protocols/decoder.ts';
import { brief, callsOf, client, inPieces, server, type Step } from '../support/conversations.ts';
import { droppedInTime } from '../support/dropped.ts';
import {
  ack,
  connect,
  granted,
  NONE,
  packet,
  PINGREQ,
  PINGRESP,
  properties,
  PUBACK,
  PUBCOMP,
  publish,
  PUBREC,
  PUBREL,
  subscribe,
  text,
} from '../support/samples/mqtt.ts';
import { bytes, type Part } from '../support/samples/sample.ts';

/** Conversations with an MQTT broker in both versions, of which each message and subscription has another topic. */

interface Truth {
  readonly steps: readonly Step[];
  /** What each operation ended with: operations are unique. */
  readonly outcomes: ReadonlyMap<string, string>;
}

const turn = fc.record({
  kind: fc.constantFrom('once', 'twice', 'subscribe'),
  code: fc.constantFrom(0, 0, 0, 0x10, 0x87, 0x8d, 0x97),
  content: fc.nat(200),
  delivered: fc.nat(200),
  isNumberUsedAgain: fc.boolean(),
});
type Turn = typeof turn extends fc.Arbitrary<infer Each> ? Each : never;

const OUTCOMES: Readonly<Record<number, string>> = {
  0: 'ok',
  0x10: 'ok',
  0x87: 'client_error',
  0x8d: 'timeout',
  0x97: 'server_error',
};

/** Version 3.1.1 has no words for a refusal but of a subscription. */
function codeOf({ kind, code }: Turn, isV5: boolean): number {
  if (isV5) return code;
  return kind === 'subscribe' && code >= 0x80 ? 0x80 : 0;
}

interface Speech {
  readonly id: number;
  readonly code: number;
  readonly topic: string;
  readonly isV5: boolean;
  readonly content: string;
  /** What the broker sends meanwhile, under a number of its own. */
  readonly delivery: Uint8Array;
}

function none(isV5: boolean): Part {
  return isV5 ? NONE : [];
}

function more(isV5: boolean): Part {
  return isV5 ? properties(0x26, text('who'), text('shop')) : [];
}

function subscribed({ id, code, topic, isV5, delivery }: Speech): readonly Step[] {
  const quality = code < 0x80 ? 0 : code;
  return [
    client(subscribe(id, [`${topic}/#`], none(isV5))),
    server(bytes(delivery, granted(id, none(isV5), quality))),
  ];
}

function saidOnce({ id, code, topic, isV5, content, delivery }: Speech): readonly Step[] {
  const answer = ack(PUBACK, id, code === 0 ? [] : code);
  return [
    client(publish(topic, { qos: 1, id, more: more(isV5), content })),
    server(bytes(answer, delivery)),
  ];
}

function saidTwice({ id, code, topic, isV5, content }: Speech): readonly Step[] {
  const message = publish(topic, { qos: 2, id, more: more(isV5), content });
  const asked = client(bytes(ack(PUBACK, id), message));
  if (code >= 0x80) return [asked, server(ack(PUBREC, id, code))];
  return [asked, server(ack(PUBREC, id)), client(ack(PUBREL, id)), server(ack(PUBCOMP, id))];
}

const KINDS: Readonly<Record<string, (speech: Speech) => readonly Step[]>> = {
  subscribe: subscribed,
  once: saidOnce,
  twice: saidTwice,
};

function spoken(each: Turn, place: number, isV5: boolean): readonly Step[] {
  const id = each.isNumberUsedAgain ? 1 : place + 2;
  const delivered = { qos: 1, id, more: none(isV5), content: 'y'.repeat(each.delivered) };
  const speech = {
    id,
    code: codeOf(each, isV5),
    topic: `t${place}`,
    isV5,
    content: 'x'.repeat(each.content),
    delivery: publish(`x/y${place}`, delivered),
  };
  return KINDS[each.kind]?.(speech) ?? [];
}

const conversation: fc.Arbitrary<Truth> = fc
  .tuple(fc.array(turn, { minLength: 1, maxLength: 8 }), fc.boolean())
  .map(([turns, isV5]) => {
    const welcome = packet(0x20, 0, 0, isV5 ? NONE : []);
    const steps: Step[] = [client(connect(isV5 ? 5 : 4)), server(welcome)];
    const outcomes = new Map([['CONNECT', 'ok']]);
    for (const [place, each] of turns.entries()) {
      steps.push(...spoken(each, place, isV5));
      const name = each.kind === 'subscribe' ? `SUBSCRIBE t${place}/#` : `PUBLISH t${place}`;
      const code = codeOf(each, isV5);
      outcomes.set(name, code === 0x80 ? 'client_error' : (OUTCOMES[code] ?? ''));
    }
    return { steps, outcomes };
  });

function isUntrue(call: DecodedCall, outcomes: ReadonlyMap<string, string>): boolean {
  return call.outcome !== 'unknown' && outcomes.get(call.operation) !== call.outcome;
}

describe('a conversation with an MQTT broker', () => {
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
          const calls = callsOf(droppedInTime(inPieces(steps, size), dice));
          const untrue = calls.filter((call) => isUntrue(call, outcomes));
          expect(untrue.map((call) => brief(call))).toEqual([]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is told again once a whole packet of each side was seen after a loss', () => {
    fc.assert(
      fc.property(conversation, fc.nat(30), ({ steps }, place) => {
        const last = [1, 2, 3].flatMap((each) => [
          client(bytes(publish(`last${each}`, { qos: 2, id: 77 }), PINGREQ)),
          server(bytes(ack(PUBREC, 77, 0x87), PINGRESP)),
        ]);
        const at = 2 + (place % (steps.length - 2));
        const dice = Array.from([...steps, ...last], (_, step) => (step === at ? 0 : 99));
        const calls = callsOf(droppedInTime([...steps, ...last], dice));
        expect(calls.filter(({ operation }) => operation === 'PUBLISH last3')).toMatchObject([
          { outcome: 'client_error', errorType: 'not_authorized' },
        ]);
      }),
      { numRuns: 300 },
    );
  });
});
