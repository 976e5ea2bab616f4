import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CaptureDecoder } from '../../src/adapters/capture/capture-decoder.ts';
import { CaptureReader } from '../../src/adapters/capture/format/capture-reader.ts';
import type { DecodedCall } from '../../src/domain/calls/protocols/decoder.ts';
import { decoderFor } from '../../src/domain/calls/protocols/detect.ts';
import { DETECTORS } from '../../src/domain/calls/protocols/detectors.ts';
import { OperationError } from '../../src/domain/errors.ts';
import { play, recorder } from '../support/conversations.ts';
import { CAPTURES, conversations, type Said } from '../support/fuzz/corpus.ts';
import { ended } from '../support/fuzz/ending.ts';
import { mutated } from '../support/fuzz/mutations.ts';
import { Random } from '../support/random.ts';

/**
 * Every decoder fed with real conversations that were broken. One input in two goes to the decoder itself, the
 * other to whoever finds out which one it is.
 *
 * `OFFSHOOT_FUZZ_RUNS` inputs a decoder; a failure names the seed of the first of its lot, which
 * `OFFSHOOT_FUZZ_FIRST` repeats.
 */

const RUNS = Number(process.env['OFFSHOOT_FUZZ_RUNS'] ?? 300);
const FIRST = Number(
  process.env['OFFSHOOT_FUZZ_FIRST'] ??
    Number(process.env['OFFSHOOT_TEST_SEED'] ?? Date.now() % 1_000_000) * 10_000,
);
const TIMEOUT_MS = 60_000 + RUNS * 20;
const OPERATION_LENGTH_MAX = 600;
const REASON_LENGTH_MAX = 1_200;
const LOT = 32;
/** Of processor time for a lot of at most some kilobytes each, garbage collection and all. */
const CPU_US_MAX = 6_000_000;
const MEMORY_BYTES_MAX = 128_000_000;

const CORPUS = conversations();

function isImpossible(call: DecodedCall): boolean {
  if (call.operation.length > OPERATION_LENGTH_MAX) return true;
  if (call.outcome === 'ok') return call.errorType !== null || call.reason !== null;
  return call.reason === null || call.errorType === null || call.reason.length > REASON_LENGTH_MAX;
}

/** What is wrong with how inputs were taken; null when nothing is. */
function faultOf(run: () => readonly DecodedCall[]): string | null {
  const memory = usedBytes();
  const cpu = process.cpuUsage();
  try {
    const odd = run().find((call) => isImpossible(call));
    if (odd !== undefined) return `told ${JSON.stringify(odd)}`;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : 'threw something';
  }
  const { user, system } = process.cpuUsage(cpu);
  if (user + system > CPU_US_MAX) return `took ${(user + system) / 1e6} s`;
  const held = usedBytes() - memory;
  return held > MEMORY_BYTES_MAX ? `took ${held / 1e6} MB` : null;
}

/** Garbage and all. */
function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The first fault among that many inputs; null when there is none. Time and memory are measured by the lot. */
function firstFault(inputOf: (random: Random) => () => readonly DecodedCall[]): string | null {
  for (let run = 0; run < RUNS; run += LOT) {
    const fault = faultOf(() => {
      const told: DecodedCall[] = [];
      for (let each = run; each < Math.min(RUNS, run + LOT); each += 1) {
        told.push(...inputOf(new Random(FIRST + each))());
      }
      return told;
    });
    if (fault !== null) return `inputs from ${FIRST + run}: ${fault}`;
  }
  return null;
}

function toldOnce(calls: readonly DecodedCall[]): readonly DecodedCall[] {
  if (new Set(calls.map(({ index }) => index)).size < calls.length) {
    throw new Error('a call was told twice');
  }
  return calls;
}

describe.each(DETECTORS)('broken conversations in $protocol', (detector) => {
  const corpus = CORPUS.get(detector.protocol) ?? [];
  const pieces: readonly Said[] = [...CORPUS.values()].flat(2);

  it('are there to be broken', () => {
    expect(corpus.length).toBeGreaterThan(0);
  });

  it(
    'throw nothing, take little, and are told at most once',
    () => {
      const fault = firstFault((random) => {
        const steps = mutated(corpus[random.below(corpus.length)] ?? [], random, pieces);
        const isDirect = random.chance(0.5);
        return () => {
          const { calls, decoder } = recorder((context) =>
            isDirect ? detector.create(context) : decoderFor(context),
          );
          play(decoder, steps);
          const open = ended(decoder, random);
          return [...toldOnce(calls), ...open];
        };
      });
      expect(fault).toBeNull();
    },
    TIMEOUT_MS,
  );
});

describe('broken recordings', () => {
  const recordings = readdirSync(CAPTURES)
    .filter((name) => name.endsWith('.pcap'))
    .map((name) => readFileSync(join(CAPTURES, name)).subarray(0, 24_000))
    .map((file): Said => ({ kind: 'bytes', side: 'client', atMs: 0, lost: 0, bytes: file }));

  it(
    'throw nothing, and take little',
    () => {
      const fault = firstFault((random) => {
        const recording = recordings.slice(random.below(recordings.length)).slice(0, 1);
        const pieces = mutated(recording, random, recordings);
        return () => decoded(pieces.map(({ bytes }) => bytes));
      });
      expect(fault).toBeNull();
    },
    TIMEOUT_MS,
  );
});

/** A beginning that no recording has is refused, and that is no fault. */
function decoded(pieces: readonly Uint8Array[]): readonly DecodedCall[] {
  const told: DecodedCall[] = [];
  const decoder = new CaptureDecoder({
    onCall: (call) => told.push({ ...call, index: told.length }),
  });
  const reader = new CaptureReader((packet) => decoder.packet(packet));
  try {
    for (const piece of pieces) reader.push(piece);
    reader.end();
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
  }
  decoder.end();
  return told;
}
