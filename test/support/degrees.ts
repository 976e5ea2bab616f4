/** Degrees of nodes by quantiles, as studies publish them. */

/** Quantiles of a degree: pairs of share and value. */
export type Quantiles = readonly (readonly [number, number])[];

export const CALLER_OUT: Quantiles = [
  [0, 1],
  [0.25, 2],
  [0.5, 5],
  [0.75, 13],
  [0.9, 30],
  [0.95, 54],
  [0.99, 246],
  [1, 484],
];
export const CALLER_IN: Quantiles = [
  [0, 1],
  [0.35, 1],
  [0.5, 2],
  [0.75, 4],
  [0.9, 9],
  [0.95, 15],
  [0.99, 47],
  [1, 459],
];
export const LEAF_IN: Quantiles = [
  [0, 1],
  [0.49, 1],
  [0.5, 2],
  [0.75, 3],
  [0.9, 6],
  [0.95, 9],
  [0.99, 19],
  [0.999, 100],
  [1, 400],
];

/** Linear between the points, flat outside them. */
export function valueAt(table: Quantiles, position: number): number {
  let [previousAt, previous] = table[0] ?? [0, 0];
  for (const [at, value] of table) {
    if (position <= at) {
      const share = at === previousAt ? 1 : (position - previousAt) / (at - previousAt);
      return previous + (value - previous) * Math.max(0, share);
    }
    previousAt = at;
    previous = value;
  }
  return previous;
}

interface Draw {
  readonly count: number;
  readonly sum: number;
  readonly max: number;
}

/** `count` degrees, ascending, spread over the quantiles and scaled so that they sum to about `sum`. */
export function degrees(quantiles: Quantiles, { count, sum, max }: Draw): number[] {
  // Between two quantiles the logarithm grows evenly: that is what makes a heavy tail.
  const logarithms = quantiles.map(([share, value]) => [share, Math.log(value)] as const);
  const drawn = Array.from({ length: count }, (_, index) =>
    Math.exp(valueAt(logarithms, (index + 0.5) / count)),
  );
  const scaled = (factor: number): number[] =>
    drawn.map((value) => Math.min(max, Math.max(1, Math.round(value * factor))));
  let low = 0;
  let high = 64;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    const total = scaled(middle).reduce((all, value) => all + value, 0);
    if (total < sum) low = middle;
    else high = middle;
  }
  return scaled(high);
}
