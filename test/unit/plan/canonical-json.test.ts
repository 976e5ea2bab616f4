import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/domain/plan/canonical-json.ts';

describe('canonical JSON', () => {
  it('is the same whatever the order of keys, at every depth', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'x' })).toBe(
      canonicalJson({ a: 'x', b: [{ c: null, d: 1 }] }),
    );
    expect(canonicalJson({ b: 1, a: 2 })).toBe('{"a":2,"b":1}');
  });

  it('keeps the order of lists, which means something', () => {
    expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
  });

  it('takes absent and undefined for the same', () => {
    expect(canonicalJson({ a: undefined })).toBe('{}');
    expect(canonicalJson(undefined)).toBe('null');
  });

  it('keeps `__proto__` as a key like any other', () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"a":1}}');
    expect(canonicalJson(hostile)).toBe('{"__proto__":{"a":1}}');
  });
});
