import { joinBytes } from '../packets.ts';
import type { Random } from '../random.ts';
import type { Said } from './corpus.ts';

/** What can happen to a conversation on its way, and what a program with a fault may say. */

type Mutation = (steps: Said[], random: Random, others: readonly Said[]) => void;

const PIECES_MAX = 400;
/** Numbers at which lengths go wrong. */
const EXTREMES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000];
const LARGEST = 0xffffffff;

/** @param steps - Stays as it is. @param others - To take pieces from. */
export function mutated(
  steps: readonly Said[],
  random: Random,
  others: readonly Said[],
): readonly Said[] {
  const made = steps.map((step) => ({ ...step, bytes: step.bytes.slice() }));
  const count = 1 + random.below(6);
  for (let done = 0; done < count && made.length > 0; done += 1) {
    of(MUTATIONS, random)(made, random, others);
  }
  return cutInPieces(made, random);
}

const MUTATIONS: readonly Mutation[] = [
  (steps, random) => {
    const { bytes } = of(steps, random);
    for (let flips = random.below(8); flips >= 0 && bytes.length > 0; flips -= 1) {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }
  },
  (steps, random) => {
    const { bytes } = of(steps, random);
    if (bytes.length > 0) bytes[random.below(bytes.length)] = of([0, 1, 0x7f, 0x80, 0xff], random);
  },
  (steps, random) => writeExtreme(of(steps, random).bytes, random),
  (steps, random) => {
    replace(steps, random, (bytes) => bytes.slice(0, random.below(bytes.length + 1)));
  },
  (steps, random) => replace(steps, random, (bytes) => bytes.slice(random.below(bytes.length + 1))),
  (steps, random) => {
    const at = random.below(steps.length);
    steps.splice(at, 0, ...steps.slice(at, at + 1 + random.below(3)).map(copied));
  },
  (steps, random) => drop(steps, random),
  (steps, random) => steps.splice(random.below(steps.length), 1),
  (steps, random) => {
    const [moved] = steps.splice(random.below(steps.length), 1);
    if (moved !== undefined) steps.splice(random.below(steps.length + 1), 0, moved);
  },
  (steps, random, others) => {
    steps.splice(random.below(steps.length + 1), 0, copied(of(others, random)));
  },
  (steps, random, others) => {
    const { bytes: other } = of(others, random);
    replace(steps, random, (bytes) => {
      const at = random.below(bytes.length + 1);
      const from = random.below(other.length + 1);
      const piece = other.slice(from, from + random.below(64));
      return joinBytes(bytes.subarray(0, at), piece, bytes.subarray(at));
    });
  },
  (steps, random) => {
    const at = random.below(steps.length);
    const step = steps[at];
    if (step !== undefined) {
      steps[at] = { ...step, side: step.side === 'client' ? 'server' : 'client' };
    }
  },
];

/** Bytes that were not recorded: the next of that side says so, or nobody does. */
function drop(steps: Said[], random: Random): void {
  const [gone] = steps.splice(random.below(steps.length), 1);
  const next = steps.findIndex(({ side }) => side === gone?.side);
  const after = steps[next];
  if (gone === undefined || after === undefined) return;
  const lost = random.chance(0.2) ? Infinity : gone.bytes.length + random.below(3);
  steps[next] = { ...after, lost: after.lost + lost };
}

function writeExtreme(bytes: Uint8Array, random: Random): void {
  const size = of([1, 2, 3, 4, 8], random);
  if (bytes.length < size) return;
  const at = random.below(Math.min(bytes.length - size + 1, 64));
  const value = random.chance(0.2) ? LARGEST - random.below(64) : of(EXTREMES, random);
  const isLittle = random.chance(0.4);
  for (let place = 0; place < size; place += 1) {
    const shift = 8 * (isLittle ? place : size - 1 - place);
    bytes[at + place] = shift > 24 ? 0 : (value >>> shift) & 0xff;
  }
}

function replace(steps: Said[], random: Random, make: (bytes: Uint8Array) => Uint8Array): void {
  const at = random.below(steps.length);
  const step = steps[at];
  if (step !== undefined) steps[at] = { ...step, bytes: make(step.bytes) };
}

function copied(step: Said): Said {
  return { ...step, bytes: step.bytes.slice() };
}

/** As segments may cut them. */
function cutInPieces(steps: readonly Said[], random: Random): readonly Said[] {
  if (random.chance(0.5)) return steps;
  const size = 1 + random.below(random.chance(0.5) ? 16 : 1_000);
  const pieces: Said[] = [];
  for (const step of steps) {
    for (let at = 0; at === 0 || at < step.bytes.length;) {
      const isEnough = pieces.length > PIECES_MAX;
      const length = isEnough ? Math.max(1, step.bytes.length) : 1 + random.below(size);
      const bytes = step.bytes.slice(at, at + length);
      pieces.push({ ...step, bytes, lost: at === 0 ? step.lost : 0 });
      at += length;
    }
  }
  return pieces;
}

function of<Item>(items: readonly Item[], random: Random): Item {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}
