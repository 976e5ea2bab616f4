/**
 * One text for one value: keys sorted by code unit, no white space, absent and `undefined` the same.
 * Equal content gives equal bytes, whoever built the objects and in whatever order.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? 'null';
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  // A null prototype keeps `__proto__` an ordinary key.
  const result = Object.create(null) as Record<string, unknown>;
  for (const [key, entry] of Object.entries(value).toSorted(byKey)) result[key] = sorted(entry);
  return result;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
