import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedCall, Detector } from '../../src/domain/calls/protocols/decoder.ts';
import { DETECTORS } from '../../src/domain/calls/protocols/detectors.ts';
import { brief, callsOf, play, recorder, START_US, type Step } from '../support/conversations.ts';
import { SAMPLES } from '../support/samples/samples.ts';
import type { Sample } from '../support/samples/sample.ts';

/** What holds of every protocol of requests and answers, whatever happens to its conversation. */

const FUZZ_RUNS = Number(process.env['OFFSHOOT_FUZZ_RUNS'] ?? 2_000);

type Piece = Extract<Step, { kind: 'bytes' }>;

function pieces(steps: readonly Step[], sizes: readonly number[]): readonly Piece[] {
  let next = 0;
  return steps.flatMap((step) => {
    if (step.kind !== 'bytes') return [];
    const cut: Piece[] = [];
    for (let at = 0; at < step.bytes.length;) {
      const size = sizes[next % sizes.length] ?? 1;
      next += 1;
      cut.push({ ...step, bytes: step.bytes.slice(at, at + size) });
      at += size;
    }
    return cut;
  });
}

/** Drops pieces; the next of that side says how many bytes are missing, or that nobody knows. */
function drop(
  steps: readonly Piece[],
  isDropped: (place: number) => boolean,
  isCounted: boolean,
): readonly Piece[] {
  const lost = { client: 0, server: 0 };
  return steps.flatMap((step, place): readonly Piece[] => {
    if (isDropped(place)) {
      lost[step.side] += isCounted ? step.bytes.length : Infinity;
      return [];
    }
    const piece = { ...step, lost: lost[step.side] };
    lost[step.side] = 0;
    return [piece];
  });
}

function detectorOf(protocol: string): Detector {
  const detector = DETECTORS.find((each) => each.protocol === protocol);
  if (detector === undefined) throw new Error(`no detector of ${protocol}`);
  return detector;
}

/** What is said to have happened beyond what did. */
function untrue(calls: readonly DecodedCall[], truth: readonly DecodedCall[]): readonly string[] {
  const left = truth.map((call) => [call.operation, endOf(call)] as const);
  return calls
    .filter((call) => call.outcome !== 'unknown')
    .filter((call) => {
      const at = left.findIndex(
        ([operation, end]) =>
          end === endOf(call) &&
          (operation.startsWith(call.operation) || call.operation === 'unknown'),
      );
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    })
    .map((call) => brief(call));
}

function endOf(call: DecodedCall): string {
  return `${call.status} ${call.outcome} ${call.errorType}`;
}

function isImpossible(call: DecodedCall): boolean {
  if (call.outcome === 'ok') return call.errorType !== null || call.reason !== null;
  return call.reason === null || call.errorType === null || call.reason.length > 400;
}

const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 });

describe.each(SAMPLES)('a conversation in $protocol', ({ protocol, steps, calls }: Sample) => {
  const detector = detectorOf(protocol);
  const truth = callsOf(steps);

  it('is recognised and told', () => {
    expect(truth.map((call) => brief(call))).toEqual(calls);
    expect(new Set(truth.map((call) => call.protocol))).toEqual(new Set([protocol]));
  });

  it('is taken for no other protocol, however much of it has come', () => {
    const seen = { client: new Uint8Array(0), server: new Uint8Array(0) };
    const wrong: string[] = [];
    for (const piece of pieces(steps, [7])) {
      seen[piece.side] = new Uint8Array([...seen[piece.side], ...piece.bytes]);
      const prefix = { client: seen.client.subarray(0, 512), server: seen.server.subarray(0, 512) };
      for (const other of DETECTORS) {
        if (other === detector) continue;
        if (other.detect(prefix.client, prefix.server) === 'yes') wrong.push(other.protocol);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is the same however it was cut', () => {
    fc.assert(
      fc.property(sizes, (cuts) => {
        const cut = callsOf(pieces(steps, cuts));
        expect(cut.map((call) => brief(call))).toEqual(calls);
      }),
      { numRuns: 100 },
    );
  });

  it('is never better than it was when pieces are lost', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.array(fc.nat(99), { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        (cuts, dice, isCounted) => {
          const left = drop(
            pieces(steps, cuts),
            (place) => (dice[place % dice.length] ?? 0) < 12,
            isCounted,
          );
          const { calls: told, decoder } = recorder((context) => detector.create(context));
          play(decoder, left);
          decoder.onCaptureEnd(START_US + 1e6);
          expect(untrue(told, truth)).toEqual([]);
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('broken at any place throws nothing, and tells no call twice', () => {
    const whole = pieces(steps, [1 << 20]);
    const change = fc.record({
      step: fc.nat(whole.length - 1),
      at: fc.nat(200),
      value: fc.nat(255),
      what: fc.constantFrom('set', 'insert', 'remove', 'cut', 'repeat'),
    });
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 6 }),
        sizes,
        fc.constantFrom('', 'reset', 'end'),
        (changes, cuts, last) => {
          const broken = pieces(
            whole.map((piece, place) =>
              changes
                .filter((each) => each.step === place)
                .reduce((made, { at, value, what }) => mutated(made, at, value, what), piece),
            ),
            cuts,
          );
          const { calls: told, decoder } = recorder((context) => detector.create(context));
          play(decoder, broken);
          if (last === 'reset') decoder.onReset('server', START_US + 9e6);
          if (last === 'end') decoder.onServerEnd(START_US + 9e6);
          const open = decoder.openCalls(START_US + 9e6);
          decoder.onCaptureEnd(START_US + 9e6);
          expect([...told, ...open].filter((call) => isImpossible(call))).toEqual([]);
          expect(new Set(told.map((call) => call.index)).size).toBe(told.length);
        },
      ),
      { numRuns: FUZZ_RUNS },
    );
  });

  it('is not disturbed to death by any bytes at all', () => {
    const any = fc.array(
      fc.record({
        bytes: fc.uint8Array({ maxLength: 60 }),
        isClient: fc.boolean(),
        lost: fc.constantFrom(0, 0, 0, 5, Infinity),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(any, fc.boolean(), (events, hasStarted) => {
        const { calls: told, decoder } = recorder((context) => detector.create(context));
        if (hasStarted) play(decoder, steps.slice(0, 2));
        for (const { bytes, isClient, lost } of events) {
          if (isClient) decoder.onClientBytes(bytes, START_US, lost);
          else decoder.onServerBytes(bytes, START_US, lost);
        }
        decoder.onCaptureEnd(START_US);
        expect(told.filter((call) => isImpossible(call))).toEqual([]);
      }),
      { numRuns: FUZZ_RUNS },
    );
  });

  it('keeps little of what never ends', () => {
    const { decoder } = recorder((context) => detector.create(context));
    play(decoder, steps.slice(0, -1));
    const noise = new Uint8Array(65_536).fill(0x41);
    const before = process.memoryUsage();
    for (let sent = 0; sent < 64; sent += 1) {
      play(decoder, steps);
      decoder.onClientBytes(noise, START_US);
      decoder.onServerBytes(noise, START_US);
    }
    const after = process.memoryUsage();
    expect(
      after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers,
    ).toBeLessThan(24_000_000);
  });
});

function mutated(piece: Piece, at: number, value: number, what: string): Piece {
  const list = [...piece.bytes];
  const place = at % Math.max(1, list.length);
  if (what === 'set') list[place] = value;
  else if (what === 'insert') list.splice(place, 0, value);
  else if (what === 'remove') list.splice(place, 1);
  else if (what === 'cut') list.length = place;
  else list.push(...list.slice(place));
  return { ...piece, bytes: new Uint8Array(list) };
}
