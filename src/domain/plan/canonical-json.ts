/**
 * One text for one value: keys in one order, no white space, absent and `undefined` the same. Equal
 * content gives equal bytes, whoever built the objects and in whatever order.
 *
 * Cost: linear; copying into key order and one native call is twice as fast as building the text.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(inKeyOrder(value)) ?? 'null';
}

function inKeyOrder(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(inKeyOrder);
  const source = value as Readonly<Record<string, unknown>>;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(source).toSorted()) {
    // An assignment would set the prototype instead.
    if (key === '__proto__')
      Object.defineProperty(result, key, { value: inKeyOrder(source[key]), enumerable: true });
    else result[key] = inKeyOrder(source[key]);
  }
  return result;
}
