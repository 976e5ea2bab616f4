import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedCall } from '../../src/domain/calls/protocols/decoder.ts';
import { brief, callsOf, client, inPieces, server, type Step } from '../support/conversations.ts';
import { droppedInTime } from '../support/dropped.ts';
import { binary } from '../support/samples/memcached.ts';
import { bytes } from '../support/samples/sample.ts';

/** Conversations with Memcached in both of its protocols, a command of each kind after the other. */

interface Truth {
  readonly steps: readonly Step[];
  /** What each command ended with, in their order. */
  readonly told: readonly string[];
}

interface Command {
  readonly asked: string;
  readonly answered: string;
  readonly told: string;
}

const value = (length: number): string => `\r\nEND\r\nERROR\r\n${'v'.repeat(length)}`;
const FULL = 'SERVER_ERROR out of memory storing object\r\n';
const WRONG = 'CLIENT_ERROR bad data chunk\r\n';

/** By kind and whether it fails; a length makes values of any size. */
const LINES: Readonly<Record<string, (length: number, fails: boolean) => Command>> = {
  set: (length, fails) => ({
    asked: `set k 0 0 ${value(length).length}\r\n${value(length)}\r\n`,
    answered: fails ? FULL : 'STORED\r\n',
    told: fails ? 'set server_error SERVER_ERROR' : 'set ok',
  }),
  get: (length, fails) => ({
    asked: `get k${'k'.repeat(length)}\r\n`,
    answered: fails
      ? FULL
      : `VALUE k 0 ${value(length).length}\r\n${value(length)}\r\nVALUE l 0 2\r\nhi\r\nEND\r\n`,
    told: fails ? 'get server_error SERVER_ERROR' : 'get ok',
  }),
  incr: (_, fails) => ({
    asked: 'incr k 5\r\n',
    answered: fails ? WRONG : '12\r\n',
    told: fails ? 'incr client_error CLIENT_ERROR' : 'incr ok',
  }),
  mg: (length, fails) => ({
    asked: 'mg k v\r\n',
    answered: fails ? WRONG : `VA ${value(length).length}\r\n${value(length)}\r\n`,
    told: fails ? 'mg client_error CLIENT_ERROR' : 'mg ok',
  }),
};

/** Kind, its opcode, and what it ends with when it fails. */
const BINARY: Readonly<Record<string, readonly [number, number, string]>> = {
  set: [1, 0x82, 'server_error OUT_OF_MEMORY'],
  get: [0, 0x85, 'server_error BUSY'],
  incr: [5, 6, 'client_error NON_NUMERIC_VALUE'],
  mg: [0x1d, 0x81, 'client_error UNKNOWN_COMMAND'],
};

const turn = fc.record({
  kind: fc.constantFrom('set', 'get', 'incr', 'mg'),
  length: fc.nat(120),
  fails: fc.boolean(),
});
type Turn = typeof turn extends fc.Arbitrary<infer Each> ? Each : never;

function linesOf(turns: readonly Turn[]): Truth {
  const commands = turns.flatMap(({ kind, length, fails }) => {
    const command = LINES[kind]?.(length, fails);
    return command === undefined ? [] : [command];
  });
  return {
    steps: commands.flatMap(({ asked, answered }) => [client(asked), server(answered)]),
    told: commands.map(({ told }) => told),
  };
}

const NAMES: Readonly<Record<string, string>> = { mg: 'gat' };

function binaryOf(turns: readonly Turn[]): Truth {
  const told: string[] = [];
  const steps = turns.flatMap(({ kind, length, fails }, place): readonly Step[] => {
    const [opcode, failure, why] = BINARY[kind] ?? [0, 0, ''];
    const status = fails ? failure : 0;
    const content = value(length);
    told.push(`${NAMES[kind] ?? kind} ${status} ${fails ? why : 'ok'}`);
    return [
      client(binary(0x80, opcode, place + 1, { key: 'k', value: content })),
      server(binary(0x81, opcode, place + 1, { status, value: content })),
    ];
  });
  return { steps, told };
}

const conversation: fc.Arbitrary<Truth> = fc
  .tuple(fc.array(turn, { minLength: 1, maxLength: 8 }), fc.boolean())
  .map(([turns, isBinary]) => (isBinary ? binaryOf(turns) : linesOf(turns)));

/** What is told beyond the truth, in any order; each call counts once. */
function untrue(calls: readonly DecodedCall[], truth: readonly string[]): readonly string[] {
  const left = [...truth];
  return calls
    .filter(({ outcome }) => outcome !== 'unknown')
    .map((call) => brief({ ...call, confidence: 'high' }))
    .filter((call) => {
      const at = left.indexOf(call);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
}

describe('a conversation with Memcached', () => {
  it('is told whole, however it was cut', () => {
    fc.assert(
      fc.property(conversation, fc.integer({ min: 1, max: 90 }), ({ steps, told }, size) => {
        const calls = callsOf(steps);
        expect(calls.map((call) => brief(call))).toEqual(told);
        expect(callsOf(inPieces(steps, size)).map((call) => brief(call))).toEqual(told);
      }),
      { numRuns: 300 },
    );
  });

  it('is told whole when all is asked at once', () => {
    fc.assert(
      fc.property(conversation, ({ steps, told }) => {
        const said = (side: 'client' | 'server'): Uint8Array =>
          bytes(
            ...steps.flatMap((step) =>
              step.kind === 'bytes' && step.side === side ? [step.bytes] : [],
            ),
          );
        const calls = callsOf([client(said('client')), server(said('server'))]);
        expect(calls.map((call) => brief(call))).toEqual(told);
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
        ({ steps, told }, size, dice) => {
          const calls = callsOf(droppedInTime(inPieces(steps, size), dice));
          expect(untrue(calls, told)).toEqual([]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is told again once whole commands and their answers were seen after a loss', () => {
    fc.assert(
      fc.property(conversation, fc.nat(30), ({ steps, told }, place) => {
        const isBinary = told[0]?.match(/ \d+ /u) !== null;
        const last = isBinary
          ? [7, 8, 9].flatMap((number) => [
              client(binary(0x80, 5, 90 + number, { key: 'k' })),
              server(binary(0x81, 5, 90 + number, { status: 6 })),
            ])
          : [7, 8, 9].flatMap(() => [client('incr last 5\r\n'), server(WRONG)]);
        const at = 2 + (place % steps.length);
        const all = [...steps.slice(0, 2), ...steps, ...last];
        const dice = Array.from(all, (_, step) => (step === at ? 0 : 99));
        const calls = callsOf(droppedInTime(all, dice));
        expect(calls.at(-1)).toMatchObject({ operation: 'incr', outcome: 'client_error' });
      }),
      { numRuns: 300 },
    );
  });
});
