import type { DecodedCall } from '../../src/domain/calls/protocols/decoder.ts';
import { decoderFor } from '../../src/domain/calls/protocols/detect.ts';
import { DETECTORS } from '../../src/domain/calls/protocols/detectors.ts';
import { play, recorder } from '../support/conversations.ts';
import { conversations, type Said } from '../support/fuzz/corpus.ts';
import { ended } from '../support/fuzz/ending.ts';
import { mutated } from '../support/fuzz/mutations.ts';
import { heldBytes } from '../support/held-memory.ts';
import { Random } from '../support/random.ts';

/**
 * Broken conversations by the million, for every decoder: what it throws, its slowest input, and what it goes on holding.
 *
 * `OFFSHOOT_FUZZ_INPUTS` for each (1,000,000), of the protocols that `OFFSHOOT_PROTOCOLS` matches. Equal
 * `OFFSHOOT_FUZZ_FIRST`, equal inputs: each has a number, which is its seed. test/property/fuzz.test.ts asks more of fewer.
 */
export function benchFuzz(): readonly object[] {
  const inputs = Number(process.env['OFFSHOOT_FUZZ_INPUTS'] ?? 1_000_000);
  const first = Number(process.env['OFFSHOOT_FUZZ_FIRST'] ?? 20_261_122);
  const pattern = new RegExp(process.env['OFFSHOOT_PROTOCOLS'] ?? '', 'u');
  const corpus = conversations();
  const pieces = [...corpus.values()].flat(2);
  const rows: object[] = [];
  for (const detector of DETECTORS.filter(({ protocol }) => pattern.test(protocol))) {
    const seeds = corpus.get(detector.protocol) ?? [];
    const row = fuzzed(inputs, (number) =>
      taken(detector, mutatedOf(seeds, pieces, first + number)),
    );
    rows.push({ decoder: detector.protocol, inputs, ...row });
    console.log(JSON.stringify(rows.at(-1)));
  }
  return rows;
}

type Detector = (typeof DETECTORS)[number];

interface Input {
  readonly steps: readonly Said[];
  readonly random: Random;
}

/** More of a conversation would mostly be the same messages again. */
const BYTES_MAX = 1_024;
const THROWN_SHOWN_MAX = 5;
const REPEATS = 10;
const MEGABYTE = 1e6;

/** Runs input after input, and those that seem slowest once more: a busy machine makes any of them slow. */
function fuzzed(inputs: number, take: (number: number) => readonly DecodedCall[]): object {
  let [thrown, calls, slowestMs] = [0, 0, 0];
  const before = heldBytes();
  const cpu = process.cpuUsage();
  for (let number = 0; number < inputs; number += 1) {
    const startedAt = performance.now();
    try {
      calls += take(number).length;
    } catch (error) {
      thrown += 1;
      if (thrown <= THROWN_SHOWN_MAX) console.error(`input ${number}:`, error);
    }
    const tookMs = performance.now() - startedAt;
    if (tookMs > slowestMs) slowestMs = Math.max(slowestMs, Math.min(tookMs, again(take, number)));
  }
  const { user, system } = process.cpuUsage(cpu);
  const held = (heldBytes() - before) / MEGABYTE;
  const perSecond = Math.round(inputs / ((user + system) / 1e6));
  return { thrown, calls, 'slowest ms': slowestMs, 'held MB': held, 'inputs/s': perSecond };
}

/** How long an input takes when it is taken alone. */
function again(take: (number: number) => unknown, number: number): number {
  let leastMs = Infinity;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const startedAt = performance.now();
    try {
      take(number);
    } catch {
      // It was counted when it came first.
    }
    leastMs = Math.min(leastMs, performance.now() - startedAt);
  }
  return leastMs;
}

function mutatedOf(
  seeds: readonly (readonly Said[])[],
  pieces: readonly Said[],
  seed: number,
): Input {
  const random = new Random(seed);
  const said = begun(seeds[random.below(seeds.length)] ?? [], 1 + random.below(BYTES_MAX));
  return { steps: mutated(said, random, pieces), random };
}

/** The steps of a conversation that begin among its first bytes, the last one cut. */
function begun(said: readonly Said[], bytesMax: number): readonly Said[] {
  let left = bytesMax;
  const steps: Said[] = [];
  for (const step of said) {
    if (left <= 0) break;
    const bytes = step.bytes.subarray(0, left);
    left -= bytes.length;
    steps.push({ ...step, bytes });
  }
  return steps;
}

/** Half of them by the decoder itself, half by whoever finds out which one it is. */
function taken(detector: Detector, { steps, random }: Input): readonly DecodedCall[] {
  const isDirect = random.chance(0.5);
  const { calls, decoder } = recorder((context) =>
    isDirect ? detector.create(context) : decoderFor(context),
  );
  play(decoder, steps);
  const open = ended(decoder, random);
  return [...calls, ...open];
}
