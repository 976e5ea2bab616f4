/** How an interface of a pcapng file writes times. */
export interface TimeUnit {
  /** Units per second: a power of ten, or of two. */
  readonly base: 10 | 2;
  readonly exponent: number;
  readonly offsetSeconds: number;
}

export const MICROSECOND_UNIT: TimeUnit = { base: 10, exponent: 6, offsetSeconds: 0 };

/** Larger exponents divide a second into more than anybody can. */
const EXPONENT_MAX = 63;

/** @param resolution - Value of `if_tsresol`: the highest bit chooses the base. */
export function timeUnitOf(resolution: number, offsetSeconds: number): TimeUnit {
  const base = (resolution & 0x80) === 0 ? 10 : 2;
  return { base, exponent: Math.min(resolution & 0x7f, EXPONENT_MAX), offsetSeconds };
}

/** Microseconds since the epoch; the two halves are unsigned. */
export function microsecondsOf(high: number, low: number, unit: TimeUnit): number {
  const offsetUs = unit.offsetSeconds * 1e6;
  if (unit.base === 10 && unit.exponent === 6) return high * 2 ** 32 + low + offsetUs;
  // 2^32 = 4,294,967 × 1,000 + 296: no step leaves the integers that a number can hold.
  if (unit.base === 10 && unit.exponent === 9) {
    return high * 4_294_967 + Math.floor((high * 296 + low) / 1_000) + offsetUs;
  }
  const units = (BigInt(high) << 32n) | BigInt(low);
  const perSecond = BigInt(unit.base) ** BigInt(unit.exponent);
  return Number((units * 1_000_000n) / perSecond) + offsetUs;
}
