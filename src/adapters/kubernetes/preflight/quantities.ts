/** Quantities as the Kubernetes API writes them: `250m`, `2`, `64Mi`, `1G`, `1e3`. */

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
};

/** Null when it is no quantity. */
export function amountOf(quantity: string): number | null {
  const match = /^(\d+(?:\.\d+)?(?:e\d+)?)([A-Za-z]{0,2})$/u.exec(quantity);
  const factor = FACTORS[match?.[2] ?? ''];
  return match === null || factor === undefined ? null : Number(match[1]) * factor;
}

export function millisOf(quantity: string): number | null {
  const amount = amountOf(quantity);
  return amount === null ? null : Math.round(amount * 1_000);
}

export function bytesOf(quantity: string): number | null {
  const amount = amountOf(quantity);
  return amount === null ? null : Math.round(amount);
}
